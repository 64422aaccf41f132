#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

constexpr std::int8_t brokers_endpoint = 1, controllers_endpoint = 2;

}  // namespace

void describe_cluster(const wire::describe_cluster_request& request, const caller& from, services& node,
                      reply<wire::describe_cluster_response> answer) {
  wire::describe_cluster_response response;
  response.cluster_id = node.cluster_id;
  response.controller_id = node.self;
  if (request.endpoint_type != brokers_endpoint) {
    response.error_code = request.endpoint_type == controllers_endpoint
                              ? error_code::mismatched_endpoint_type
                              : error_code::unsupported_endpoint_type;
    return answer(response);
  }
  const auto image = node.metadata;
  std::vector<link::endpoint> endpoints;
  endpoints.reserve(image->cluster->brokers.size());
  for (const auto& [id, broker] : image->cluster->brokers) {
    const auto endpoint = endpoint_of(node, from, id);
    if (!endpoint || (broker.fenced && !request.include_fenced_brokers)) continue;
    auto& to = response.brokers.emplace_back();
    to.broker_id = id;
    to.host = endpoints.emplace_back(*endpoint).host;
    to.port = endpoint->port;
    if (broker.rack) to.rack = *broker.rack;
    to.is_fenced = broker.fenced;
  }
  if (request.include_cluster_authorized_operations)
    response.cluster_authorized_operations = all_cluster_operations;
  answer(response);
}

}  // namespace klamm::broker::api
