#include "net/form_post.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <httplib.h>

#include "net/pipe_signal.hpp"

namespace klamm::net {
namespace {

struct web_address {
  std::string server, path;
};

/// Nothing: it is none.
std::optional<web_address> parse(std::string_view url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return std::nullopt;
  const auto end = std::min(url.find('/', scheme), url.size());
  // Who they are for is told by the credentials' own fields, which are not printed.
  if (end == scheme || url.substr(0, end).find('@') != std::string_view::npos) return std::nullopt;
  auto path = std::string(url.substr(end));
  return web_address{std::string(url.substr(0, end)), path.empty() ? "/" : std::move(path)};
}

error no_answer(const form_post& what, const std::string& why) {
  return {error_code::connect_failed, fmt::format("no answer from {}: {}", what.url, why)};
}

void set_timeouts(httplib::Client& client, duration each) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(each);
  client.set_connection_timeout(micros);
  client.set_read_timeout(micros);
  client.set_write_timeout(micros);
}

}  // namespace

bool is_web_address(std::string_view url) { return parse(url).has_value(); }

result<web_answer> post(const form_post& what) {
  const auto address = parse(what.url);
  if (!address)
    return error(error_code::connect_failed,
                 "it has to begin with http:// or https://, and name a server without a user");
  const no_pipe_signal quiet;  // outlives the client, which writes when it closes, too
  httplib::Client client(address->server);
  if (!client.is_valid()) return no_answer(what, "it names no server");
  set_timeouts(client, what.timeout);
  if (!what.ca_file.empty()) client.set_ca_cert_path(what.ca_file);
  client.enable_server_certificate_verification(true);
  if (!what.user.empty()) client.set_basic_auth(what.user, what.password);
  const httplib::Params form(what.form.begin(), what.form.end());
  const auto answered = client.Post(address->path, form);
  if (!answered) return no_answer(what, httplib::to_string(answered.error()));
  return web_answer{answered->status, answered->body};
}

}  // namespace klamm::net
