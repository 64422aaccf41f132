#include "broker/meta/registration.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "broker/meta/directories.hpp"
#include "broker/meta/features.hpp"
#include "broker/meta/image_records.hpp"

namespace klamm::broker::meta {
namespace {

error refuse(std::string why) { return {error_code::invalid_registration, std::move(why)}; }

result<void> check_directories(const wire::broker_registration_request& request, const image& state) {
  if (request.log_dirs.empty()) return refuse("No directories specified in request");
  std::set<uuid> seen;
  for (const auto& directory : request.log_dirs) {
    if (is_reserved_directory(directory)) return refuse("Reserved directory ID in request");
    if (!seen.insert(directory).second) return refuse("Duplicate directory ID in request");
    for (const auto& [id, broker] : state.cluster->brokers) {
      const auto& theirs = broker.log_dirs;
      if (id != request.broker_id && std::find(theirs.begin(), theirs.end(), directory) != theirs.end())
        return refuse(
            fmt::format("Broker {} is already registered with directory {}", id.value, to_string(directory)));
    }
  }
  return {};
}

error unsupported(std::string_view name, std::int16_t level, std::int16_t min, std::int16_t max) {
  return {error_code::unsupported_version,
          fmt::format("Unable to register because the node does not support finalized version {} of {}. "
                      "The node wants a version between {} and {}, inclusive.",
                      level, name, min, max)};
}

result<void> check_features(const auto& request, const image& state) {
  std::set<std::string_view> named;
  for (const auto& feature : request.features) {
    named.insert(feature.name);
    const auto level = state.feature_level(feature.name);
    if (feature.name == kraft_version) continue;  // the quorum's own: not finalized by a record
    if (level < feature.min_supported_version || level > feature.max_supported_version)
      return unsupported(feature.name, level, feature.min_supported_version, feature.max_supported_version);
  }
  for (const auto& [name, level] : state.cluster->features)
    if (level != 0 && !named.contains(name)) return unsupported(name, level, 0, 0);
  return {};
}

/// Where the node is, and what it can do.
void add_abilities(const auto& request, auto& node) {
  for (const auto& listener : request.listeners)
    node.endpoints.push_back(
        {std::string(listener.name), std::string(listener.host), listener.port, listener.security_protocol});
  for (const auto& feature : request.features)
    node.features.push_back(
        {std::string(feature.name), feature.min_supported_version, feature.max_supported_version});
}

}  // namespace

result<void> check_registration(const wire::broker_registration_request& request, const image& state) {
  if (request.is_migrating_zk_broker)
    return {{error_code::broker_id_not_registered, "Controller does not support registering ZK brokers."}};
  if (auto checked = check_directories(request, state); !checked) return checked;
  return check_features(request, state);
}

broker_image requested_broker(const wire::broker_registration_request& request) {
  broker_image broker;
  broker.id = request.broker_id;
  broker.incarnation = request.incarnation_id;
  add_abilities(request, broker);
  if (request.rack) broker.rack.emplace(*request.rack);
  broker.log_dirs = request.log_dirs;
  return broker;
}

wire::controller_registration_response register_controller(
    const wire::controller_registration_request& request, decision& d) {
  wire::controller_registration_response response;
  response.error_message = std::nullopt;
  if (auto checked = check_features(request, d.state); !checked) {
    d.refuse(response, checked.failure());
    return response;
  }
  controller_image controller{request.incarnation_id, request.zk_migration_ready, {}, {}};
  add_abilities(request, controller);
  d.records.emplace_back(registration_record(request.controller_id, d.keep(std::move(controller))));
  return response;
}

}  // namespace klamm::broker::meta
