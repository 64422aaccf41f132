#include "broker/api/dispatch.hpp"
#include "broker/api/features.hpp"
#include "broker/api/handlers.hpp"

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
  list_features(*node.metadata, node.kraft_version, from.version, response);
  answer(response);
}

}  // namespace klamm::broker::api
