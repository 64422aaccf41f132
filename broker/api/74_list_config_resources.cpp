#include <algorithm>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void list_config_resources(const wire::list_config_resources_request& request, const caller& from,
                           services& node, reply<wire::list_config_resources_response> answer) {
  const auto wants = [&](meta::resource_type type) {
    const auto number = static_cast<std::int8_t>(type);
    if (from.version == 0) return type == meta::resource_type::client_metrics;
    const auto& types = request.resource_types;
    return types.empty() || std::find(types.begin(), types.end(), number) != types.end();
  };
  wire::list_config_resources_response response;
  std::vector<std::string> texts;
  texts.reserve(node.metadata->cluster->brokers.size());
  const auto add = [&](std::string_view name, meta::resource_type type) {
    auto& to = response.config_resources.emplace_back();
    to.resource_name = name;
    to.resource_type = static_cast<std::int8_t>(type);
  };
  if (wants(meta::resource_type::topic))
    for (const auto& [name, topic] : node.metadata->topics->by_name) add(name, meta::resource_type::topic);
  if (wants(meta::resource_type::broker))
    for (const auto& [id, broker] : node.metadata->cluster->brokers)
      add(texts.emplace_back(std::to_string(id.value)), meta::resource_type::broker);
  answer(response);
}

}  // namespace klamm::broker::api
