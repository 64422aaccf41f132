#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "broker/api/described_configs.hpp"
#include "broker/api/handlers.hpp"
#include "broker/meta/topic_name.hpp"

namespace klamm::broker::api {
namespace {

using described = wire::describe_configs_response::describe_configs_resource_result;
using requested = wire::describe_configs_request::describe_configs_resource;

struct result_builder {
  const wire::describe_configs_request& request;
  const configured_node& node;
  std::deque<std::string> texts;
};

/// A resource, and what all its mentions together want to know of it.
struct named_resource {
  const requested* first;
  std::optional<std::set<std::string_view>> keys;  // none: every key

  bool wants(std::string_view key) const { return !keys || keys->contains(key); }
  void add(const requested& mention) {
    if (!mention.configuration_keys) keys.reset();
    if (keys) keys->insert(mention.configuration_keys->begin(), mention.configuration_keys->end());
  }
};

/// Each once, in the order of their first mention. (Apache Kafka answers every mention: 3 MB of one topic's name make 450 MB.)
std::vector<named_resource> resources_of(const wire::describe_configs_request& request) {
  std::vector<named_resource> all;
  std::map<std::pair<std::int8_t, std::string_view>, std::size_t> places;
  for (const auto& mention : request.resources) {
    const auto [place, is_new] =
        places.try_emplace({mention.resource_type, mention.resource_name}, all.size());
    if (is_new) all.push_back({&mention, std::set<std::string_view>()});
    all[place->second].add(mention);
  }
  return all;
}

void describe(const meta::config_key& key, const std::vector<meta::config_value>& chain,
              const result_builder& b, std::vector<described>& to) {
  auto& config = to.emplace_back();
  config.name = key.name;
  config.value = chain.empty() ? std::nullopt : std::optional(chain.front().value);
  config.read_only = key.scope == meta::config_scope::broker;
  config.config_source =
      static_cast<std::int8_t>(chain.empty() ? meta::config_source::built_in : chain.front().source);
  config.config_type = static_cast<std::int8_t>(key.type);
  config.documentation = b.request.include_documentation ? std::optional(key.text) : std::nullopt;
  if (!b.request.include_synonyms) return;
  for (const auto& value : chain) {
    auto& synonym = config.synonyms.emplace_back();
    synonym.name = value.name;
    synonym.value = value.value;
    synonym.source = static_cast<std::int8_t>(value.source);
  }
}

/// What was set on brokers and means nothing here is shown as Kafka does: by its name alone, since it may be a secret.
void describe_unknown(const named_resource& named, result_builder& b, std::vector<described>& to) {
  std::set<std::string_view> seen;
  const auto add = [&](std::string_view resource, meta::config_source source) {
    for (const auto& [name, value] :
         b.node.metadata->overrides({meta::resource_type::broker, std::string(resource)})) {
      if (meta::find_broker_key(name) || !named.wants(name) || !seen.insert(name).second) continue;
      auto& config = to.emplace_back();
      config.name = name;
      config.value = std::nullopt;
      config.read_only = config.is_sensitive = true;
      config.config_source = static_cast<std::int8_t>(source);
      config.documentation = std::nullopt;
      if (!b.request.include_synonyms) continue;
      auto& synonym = config.synonyms.emplace_back();
      synonym.name = name;
      synonym.value = std::nullopt;
      synonym.source = config.config_source;
    }
  };
  const auto name = named.first->resource_name;
  if (!name.empty()) add(name, meta::config_source::dynamic_broker);
  add("", meta::config_source::dynamic_default_broker);
}

error describe_resource(const named_resource& named, result_builder& b, std::vector<described>& to) {
  const auto& resource = *named.first;
  const meta::config_view configs(*b.node.metadata, b.node.own, b.node.self);
  const auto type = static_cast<meta::resource_type>(resource.resource_type);
  const bool topic = type == meta::resource_type::topic;
  if (!topic && type != meta::resource_type::broker)
    return {error_code::invalid_request,
            fmt::format("Unsupported resource type: {}", int{resource.resource_type})};
  if (const auto valid = meta::check_topic_name(resource.resource_name); topic && !valid)
    return valid.failure();
  if (topic && !b.node.metadata->topics->find(resource.resource_name))
    return {error_code::unknown_topic_or_partition, "This server does not host this topic-partition."};
  if (!topic && !resource.resource_name.empty() &&
      resource.resource_name != std::to_string(b.node.self.value))
    return {error_code::invalid_request,
            fmt::format("Unexpected broker id, expected {} or empty string, but received {}",
                        b.node.self.value, resource.resource_name)};
  for (const auto& key : meta::config_keys()) {
    if ((key.scope == meta::config_scope::topic) != topic || !named.wants(key.name)) continue;
    auto chain = topic ? configs.topic_chain(resource.resource_name, key) : configs.broker_chain(key);
    if (!topic && resource.resource_name.empty())  // the cluster-wide default: only what was set there
      std::erase_if(chain,
                    [](const auto& v) { return v.source != meta::config_source::dynamic_default_broker; });
    if (!topic && resource.resource_name.empty() && chain.empty()) continue;
    describe(key, chain, b, to);
  }
  if (!topic) describe_unknown(named, b, to);
  return error(error_code::none);
}

}  // namespace

void describe_configs(const wire::describe_configs_request& request, const caller&, services& node,
                      reply<wire::describe_configs_response> answer) {
  describe_configs(request, {node.self, node.metadata, node.own_configs}, answer);
}

void describe_configs(const wire::describe_configs_request& request, const configured_node& node,
                      const reply<wire::describe_configs_response>& answer) {
  result_builder b{request, node, {}};
  wire::describe_configs_response response;
  for (const auto& resource : resources_of(request)) {
    auto& to = response.results.emplace_back();
    to.resource_type = resource.first->resource_type;
    to.resource_name = resource.first->resource_name;
    to.error_message = std::nullopt;
    auto failure = describe_resource(resource, b, to.configs);
    to.error_code = failure.code;
    if (failure.code != error_code::none) to.error_message = b.texts.emplace_back(std::move(failure.message));
  }
  answer(response);
}

}  // namespace klamm::broker::api
