// Administration of configurations: those of a broker live with it, all others anywhere.
#include <charconv>
#include <map>

#include "client/administration.hpp"
#include "wire/messages/describe_configs.hpp"
#include "wire/messages/incremental_alter_configs.hpp"

namespace klamm::client {
namespace {

/// The broker that has to be asked itself; -1: whichever. An empty name is the default of all brokers.
node_id only_there(const admin::config_resource& resource) {
  const bool of_broker = resource.type == admin::config_resource_type::broker ||
                         resource.type == admin::config_resource_type::broker_logger;
  node_id out;
  if (of_broker)
    std::from_chars(resource.name.data(), resource.name.data() + resource.name.size(), out.value);
  return out;
}

admin::config_resource resource_of(const auto& said) {
  return {static_cast<admin::config_resource_type>(said.resource_type), std::string(said.resource_name)};
}

std::optional<std::string> owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace

void administration::describe_configs(
    std::vector<admin::config_resource> of, time_point deadline,
    completion<per_item<admin::config_resource, std::vector<admin::config_entry>>> done) {
  auto outcomes = gathering<admin::config_resource, std::vector<admin::config_entry>>::start(of, completions_,
                                                                                             std::move(done));
  std::map<node_id, std::vector<admin::config_resource>> by_target;
  for (auto& resource : of) by_target[only_there(resource)].push_back(std::move(resource));
  for (auto& [node, resources] : by_target) {
    auto make = [resources](api_version) {
      wire::describe_configs_request out;
      for (const auto& r : resources) {
        auto& to = out.resources.emplace_back();
        to.resource_type = static_cast<std::int8_t>(r.type);
        to.resource_name = r.name;
        to.configuration_keys.reset();
      }
      return out;
    };
    auto finish = [outcomes, resources](answer<wire::describe_configs_response> came, instant) {
      if (!came.got) return outcomes->fail(resources, came.got.failure());
      for (const auto& r : came.got->results) {
        const auto resource = resource_of(r);
        std::vector<admin::config_entry> entries;
        entries.reserve(r.configs.size());
        for (const auto& c : r.configs)
          entries.push_back(
              {std::string(c.name), owned(c.value), c.config_source, c.read_only, c.is_sensitive});
        if (r.error_code == error_code::none)
          outcomes->put(resource, std::move(entries));
        else
          outcomes->put(resource, refused(r.error_code, r.error_message));
      }
      outcomes->fail(resources, left_out("resource"));
    };
    const call_target to = node.value >= 0 ? call_target(at_node{node}) : call_target(at_any{});
    requests_.call<wire::describe_configs_request>(
        to, deadline, INT16_MAX, std::move(make), [](const auto&) { return error_code::none; },
        std::move(finish));
  }
}

void administration::alter_configs(config_changes changes, bool validate_only, time_point deadline,
                                   completion<per_item<admin::config_resource, void>> done) {
  std::vector<admin::config_resource> all;
  std::map<node_id, config_changes> by_target;
  for (const auto& change : changes) {
    all.push_back(change.first);
    by_target[only_there(change.first)].push_back(change);
  }
  auto outcomes =
      gathering<admin::config_resource, void>::start(std::move(all), completions_, std::move(done));
  for (auto& [node, part] : by_target) {
    std::vector<admin::config_resource> resources;
    for (const auto& change : part) resources.push_back(change.first);
    auto make = [part, validate_only](api_version) {
      wire::incremental_alter_configs_request out;
      out.validate_only = validate_only;
      for (const auto& [resource, entries] : part) {
        auto& to = out.resources.emplace_back();
        to.resource_type = static_cast<std::int8_t>(resource.type);
        to.resource_name = resource.name;
        for (const auto& e : entries) {
          auto& c = to.configs.emplace_back();
          c.name = e.name;
          c.config_operation = static_cast<std::int8_t>(e.operation);
          c.value = e.value ? std::optional<std::string_view>(*e.value) : std::nullopt;
        }
      }
      return out;
    };
    auto finish = [outcomes, resources](answer<wire::incremental_alter_configs_response> came, instant) {
      if (!outcomes->heard(came, resources)) return;
      for (const auto& r : came.got->responses) {
        const auto resource = resource_of(r);
        if (r.error_code == error_code::none)
          outcomes->put(resource, {});
        else
          outcomes->put(resource, refused(r.error_code, r.error_message));
      }
      outcomes->fail(resources, left_out("resource"));
    };
    const call_target to = node.value >= 0 ? call_target(at_node{node}) : call_target(at_controller{});
    requests_.call<wire::incremental_alter_configs_request>(
        to, deadline, INT16_MAX, std::move(make), [](const auto&) { return error_code::none; },
        std::move(finish));
  }
}

}  // namespace klamm::client
