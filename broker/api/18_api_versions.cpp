#include "broker/api/dispatch.hpp"
#include "broker/api/handlers.hpp"
#include "broker/meta/features.hpp"

namespace klamm::broker::api {
namespace {

/// KIP-1242: a client that knows which node it means is told when it has reached another.
bool meant_for_another(const wire::api_versions_request& request, const caller& from, const services& node,
                       wire::api_versions_response& response) {
  if (from.version < 5 || (!request.cluster_id && request.node_id.value < 0)) return false;
  if (!request.cluster_id)
    response.error_code = error_code::invalid_request;
  else if (*request.cluster_id != node.cluster_id ||
           (request.node_id.value >= 0 && request.node_id != node.self))
    response.error_code = error_code::rebootstrap_required;
  return response.error_code != error_code::none;
}

/// KIP-511: letters, digits, '.', '-', beginning and ending with a letter or digit.
bool well_formed(std::string_view text) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || !alphanumeric(text.front()) || !alphanumeric(text.back())) return false;
  for (const char c : text)
    if (!alphanumeric(c) && c != '.' && c != '-') return false;
  return true;
}

}  // namespace

void api_versions(const wire::api_versions_request& request, const caller& from, services& node,
                  reply<wire::api_versions_response> answer) {
  wire::api_versions_response response;
  if (from.version >= 3 &&
      (!well_formed(request.client_software_name) || !well_formed(request.client_software_version))) {
    response.error_code = error_code::invalid_request;
    return answer(response);
  }
  if (meant_for_another(request, from, node, response)) return answer(response);
  for (const auto& api : served_apis()) {
    auto& to = response.api_keys.emplace_back();
    to.api_key = api.key;
    to.min_version = api.advertised.min;
    to.max_version = api.advertised.max;
  }
  for (const auto& feature : meta::features) {
    // Clients before KIP-1160's version 4 fail on a minimum of 0.
    if (feature.min == 0 && from.version < 4) continue;
    auto& to = response.supported_features.emplace_back();
    to.name = feature.name;
    to.min_version = feature.min;
    to.max_version = feature.max;
  }
  response.finalized_features_epoch = node.metadata->last_offset.value;
  const auto finalize = [&](std::string_view name, std::int16_t level) {
    auto& to = response.finalized_features.emplace_back();
    to.name = name;
    to.min_version_level = level;
    to.max_version_level = level;
  };
  for (const auto& [name, level] : node.metadata->cluster->features) finalize(name, level);
  finalize(meta::kraft_version, 1);
  answer(response);
}

}  // namespace klamm::broker::api
