#include "api/bootstrap.hpp"

#include <optional>

#include <fmt/format.h>

#include "api/option_values.hpp"

namespace klamm::api {
namespace {

constexpr std::uint16_t default_port = 9092;
constexpr std::string_view scheme = "PLAINTEXT://";

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_number(text);
  return port && *port >= 1 && *port <= 65535 ? std::optional(static_cast<std::uint16_t>(*port))
                                              : std::nullopt;
}

std::optional<link::endpoint> parse_server(std::string_view server) {
  if (server.starts_with(scheme)) server.remove_prefix(scheme.size());
  if (server.find("://") != server.npos) return std::nullopt;
  const bool bracketed = server.starts_with('[');
  const auto host_end = bracketed ? server.find(']') : server.rfind(':');
  if (bracketed && host_end == server.npos) return std::nullopt;
  const auto host = server.substr(bracketed, host_end - bracketed);
  const auto rest = bracketed                 ? server.substr(host_end + 1)
                    : host_end == server.npos ? ""
                                              : server.substr(host_end);
  // An IPv6 address without brackets cannot be told from a host with a port.
  if (host.empty() || (!bracketed && host.find(':') != host.npos)) return std::nullopt;
  if (rest.empty()) return link::endpoint{std::string(host), default_port};
  const auto port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
  return port ? std::optional(link::endpoint{std::string(host), *port}) : std::nullopt;
}

}  // namespace

result<std::vector<link::endpoint>> parse_bootstrap(std::string_view servers) {
  std::vector<link::endpoint> parsed;
  for (const auto& server : split_list(servers)) {
    auto at = parse_server(server);
    if (!at)
      return error(
          error_code::invalid_options,
          fmt::format("\"{}\" is no address: it has to be host:port, or [address]:port for IPv6", server));
    parsed.push_back(std::move(*at));
  }
  if (parsed.empty())
    return error(error_code::invalid_options,
                 "there has to be an address to start with, such as localhost:9092");
  return parsed;
}

}  // namespace klamm::api
