#include "broker/meta/config_decisions.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "broker/meta/config_table.hpp"
#include "broker/meta/partition_decisions.hpp"
#include "broker/meta/partition_updates.hpp"

namespace klamm::broker::meta {
namespace {

/// The numbers are those of the protocol.
enum class operation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

/// Of a text, in a record as in a request.
constexpr std::size_t longest_value = 32'767;

error refuse(error_code code, std::string why) { return {code, std::move(why)}; }

result<config_resource> find_resource(std::int8_t type, std::string_view name, const image& state) {
  const config_resource resource{static_cast<resource_type>(type), std::string(name)};
  switch (resource.type) {
    case resource_type::topic:
      if (!state.topics->find(name))
        return refuse(error_code::unknown_topic_or_partition,
                      fmt::format("The topic '{}' does not exist.", name));
      return resource;
    case resource_type::broker: {
      if (name.empty()) return resource;
      node_id id;
      const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), id.value);
      if (failed != std::errc{} || end != name.data() + name.size())
        return refuse(error_code::invalid_request, fmt::format("Broker ids must be integers, got {}", name));
      if (!state.broker(id))
        return refuse(error_code::broker_id_not_registered,
                      fmt::format("No broker with id {} found.", id.value));
      return resource;
    }
    default:
      return refuse(error_code::invalid_request,
                    fmt::format("Resources of type {} have no configuration here.", int{type}));
  }
}

/// Null for a broker's that means nothing here. Kafka knows many more keys, and takes names that it does not know: its tools, and
/// others', may set them. Brokers say in their log that such a one has no effect (data_machine).
result<const config_key*> find_key(const config_resource& resource, std::string_view name) {
  if (resource.type == resource_type::topic) {
    if (const auto* const key = find_topic_key(name)) return key;
    return refuse(error_code::invalid_config, fmt::format("Unknown topic config name: {}", name));
  }
  const auto* const key = find_broker_key(name);
  if (!key && name.starts_with("klamm."))
    return refuse(error_code::invalid_config, fmt::format("Unknown broker config name: {}", name));
  if (key ? key->scope != config_scope::dynamic : name == "authorizer.class.name")
    return refuse(
        error_code::invalid_request,
        fmt::format("Cannot update these configs dynamically: {}; set it where the broker is started.",
                    name));
  return key;
}

/// A broker's value that is wrong is INVALID_REQUEST in Kafka, a topic's INVALID_CONFIG.
result<void> check(const config_resource& resource, const config_key* key, std::string_view value) {
  auto checked = key ? check_value(*key, value) : result<void>();
  if (checked || resource.type != resource_type::broker) return checked;
  return refuse(error_code::invalid_request, checked.failure().message);
}

wire::config_record change(const config_resource& resource, std::string_view key,
                           std::optional<std::string_view> value, decision& d) {
  wire::config_record record;
  record.resource_type = static_cast<std::int8_t>(resource.type);
  record.resource_name = d.texts->keep(resource.name);
  record.name = d.texts->keep(std::string(key));
  // Null removes what was set: the record's own default, as Kafka's, would set it to nothing.
  record.value = std::nullopt;
  if (value) record.value = d.texts->keep(std::string(*value));
  return record;
}

/// What the key is worth now, for APPEND and SUBTRACT.
std::string_view current_value(const config_resource& resource, const config_key& key, const decision& d) {
  const auto chain = resource.type == resource_type::topic ? d.configs.topic_chain(resource.name, key)
                                                           : d.configs.broker_chain(key);
  return chain.empty() ? std::string_view{} : chain.front().value;
}

std::string edit_list(std::string_view current, std::string_view parts, operation op) {
  auto list = split_list(current);
  const auto edits = split_list(parts);
  if (op == operation::append) {
    std::set<std::string_view> has(list.begin(), list.end());
    for (const auto part : edits)
      if (has.insert(part).second) list.push_back(part);
  } else {
    std::multiset<std::string_view> gone(edits.begin(), edits.end());
    std::erase_if(list, [&](std::string_view part) {
      const auto found = gone.find(part);
      if (found == gone.end()) return false;
      gone.erase(found);
      return true;
    });
  }
  return fmt::format("{}", fmt::join(list, ","));
}

/// With eligible leaders every broker has to have the same minimum of the ISR, and another one begins anew (KIP-966).
result<void> check_min_isr(const config_resource& resource, const wire::config_record& change, decision& d) {
  if (change.name != min_isr_key || !eligible_leaders_are_on(d.state)) return {};
  const bool of_broker = resource.type == resource_type::broker;
  if (of_broker && !resource.name.empty() && change.value)
    return refuse(error_code::invalid_config,
                  "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
  if (of_broker && resource.name.empty() && !change.value)
    return refuse(error_code::invalid_config,
                  "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
  return {};
}

result<void> add_changes(const config_resource& resource, const std::vector<wire::config_record>& changes,
                         decision& d) {
  for (const auto& change : changes)
    if (auto checked = check_min_isr(resource, change, d); !checked) return checked;
  for (const auto& change : changes) {
    d.records.emplace_back(change);
    if (change.name == "unclean.leader.election.enable") d.then = elect_unclean_leaders;
    if (change.name != min_isr_key || !eligible_leaders_are_on(d.state)) continue;
    wire::clear_elr_record clear;
    if (resource.type == resource_type::topic) clear.topic_name = d.texts->keep(resource.name);
    d.records.emplace_back(clear);
  }
  return {};
}

using incremental_config = decltype(wire::incremental_alter_configs_request::resources)::value_type;

result<wire::config_record> change_one(const config_resource& resource, const auto& config, decision& d) {
  const auto op = static_cast<operation>(config.config_operation);
  // Also of what nobody knows, and cannot have set: Kafka's tools clear throttles that are not there.
  if (op == operation::remove) return change(resource, config.name, std::nullopt, d);
  const auto key = find_key(resource, config.name);
  if (!key) return key.failure();
  if (!config.value)
    return refuse(error_code::invalid_request,
                  fmt::format("Null value not supported for configs: {}", config.name));
  std::string value(*config.value);
  if (op == operation::append || op == operation::subtract) {
    if (!*key) return refuse(error_code::invalid_config, fmt::format("Unknown config name: {}", config.name));
    if ((*key)->type != config_type::list)
      return refuse(error_code::invalid_config,
                    fmt::format("Can't {} to key {} because its type is not LIST.",
                                op == operation::append ? "APPEND" : "SUBTRACT", config.name));
    value = edit_list(current_value(resource, **key, d), value, op);
    if (value.size() > longest_value)
      return refuse(error_code::invalid_config,
                    fmt::format("The value of {} would have {} bytes, {} are allowed.", config.name,
                                value.size(), longest_value));
  } else if (op != operation::set) {
    return refuse(error_code::invalid_request,
                  fmt::format("Unknown operation type {}", int{config.config_operation}));
  }
  if (auto checked = check(resource, *key, value); !checked) return checked.failure();
  return change(resource, config.name, value, d);
}

result<void> change_incrementally(const incremental_config& request, decision& d) {
  const auto resource = find_resource(request.resource_type, request.resource_name, d.state);
  if (!resource) return resource.failure();
  std::set<std::string_view> names;
  std::vector<wire::config_record> changes;
  for (const auto& config : request.configs) {
    if (!names.insert(config.name).second)
      return refuse(error_code::invalid_request,
                    fmt::format("The key {} stands in the request more than once.", config.name));
    const auto changed = change_one(*resource, config, d);
    if (!changed) return changed.failure();
    changes.push_back(*changed);
  }
  return add_changes(*resource, changes, d);
}

using replaced_config = decltype(wire::alter_configs_request::resources)::value_type;

result<void> replace(const replaced_config& request, decision& d) {
  const auto resource = find_resource(request.resource_type, request.resource_name, d.state);
  if (!resource) return resource.failure();
  std::set<std::string_view> names;
  std::vector<wire::config_record> changes;
  for (const auto& config : request.configs) {
    const auto key = find_key(*resource, config.name);
    if (!key) return key.failure();
    if (!config.value)
      return refuse(error_code::invalid_request,
                    fmt::format("Null value not supported for configs: {}", config.name));
    if (auto checked = check(*resource, *key, *config.value); !checked) return checked;
    names.insert(config.name);
    changes.push_back(change(*resource, config.name, config.value, d));
  }
  for (const auto& [name, value] : d.state.overrides(*resource))
    if (!names.contains(name)) changes.push_back(change(*resource, name, std::nullopt, d));
  return add_changes(*resource, changes, d);
}

/// One answer for each resource; a resource that stands twice is refused both times.
template <class Response, class Request, class Change>
Response for_each_resource(const Request& request, decision& d, Change change_resource) {
  Response response;
  std::map<std::pair<std::int8_t, std::string_view>, int> counts;
  for (const auto& resource : request.resources) ++counts[{resource.resource_type, resource.resource_name}];
  for (const auto& resource : request.resources) {
    auto& to = response.responses.emplace_back();
    to.resource_type = resource.resource_type;
    to.resource_name = resource.resource_name;
    if (counts[{resource.resource_type, resource.resource_name}] > 1) {
      d.refuse(to, refuse(error_code::invalid_request, "Each resource must appear at most once."));
    } else if (auto changed = change_resource(resource, d); !changed) {
      d.refuse(to, changed.failure());
    }
  }
  if (request.validate_only) d.records.clear();
  return response;
}

}  // namespace

wire::incremental_alter_configs_response incremental_alter_configs(
    const wire::incremental_alter_configs_request& request, decision& d) {
  return for_each_resource<wire::incremental_alter_configs_response>(request, d, change_incrementally);
}

wire::alter_configs_response alter_configs(const wire::alter_configs_request& request, decision& d) {
  return for_each_resource<wire::alter_configs_response>(request, d, replace);
}

}  // namespace klamm::broker::meta
