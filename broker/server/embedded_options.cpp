#include "broker/server/embedded_options.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "broker/server/configuration.hpp"

namespace klamm::broker::server {
namespace {

meta::config_map configs_of(const BrokerOptions& from) {
  meta::config_map configs;
  for (const auto& [key, value] : from.configs) configs.emplace(key, value);
  configs.emplace("listeners", fmt::format("PLAINTEXT://{}:{}", from.host, from.port));
  if (!from.advertise.empty())
    configs.insert_or_assign("advertised.listeners", "PLAINTEXT://" + from.advertise);
  if (!from.data_directory.empty()) configs.insert_or_assign("log.dirs", from.data_directory);
  return configs;
}

}  // namespace

server_options embedded_options(const BrokerOptions& from) {
  std::vector<std::string> unknown;
  auto options = make_options(configs_of(from), unknown);
  if (!options) throw std::runtime_error(options.failure().message);
  if (!unknown.empty())
    throw std::runtime_error(fmt::format("unknown configuration keys: {}", fmt::join(unknown, ", ")));
  if (!options->node.data_directory.empty()) return std::move(*options);
  auto directory = make_ephemeral_directory();
  if (!directory) throw std::runtime_error(directory.failure().message);
  options->node.data_directory = std::move(*directory);
  options->ephemeral = true;
  return std::move(*options);
}

}  // namespace klamm::broker::server
