#include "broker/api/controller/handlers.hpp"

namespace klamm::broker::controller_api {

/// KIP-919: a controller tells of the controllers.
void describe_cluster(const wire::describe_cluster_request& request, const caller&, services& node,
                      reply<wire::describe_cluster_response> answer) {
  constexpr std::int8_t controllers_endpoint = 2;
  wire::describe_cluster_response response;
  response.cluster_id = node.own.cluster_id;
  response.endpoint_type = controllers_endpoint;
  response.controller_id = node.quorum.leader_id();
  if (request.endpoint_type != controllers_endpoint) {
    response.error_code = error_code::mismatched_endpoint_type;
    return answer(response);
  }
  for (const auto& voter : node.quorum.voters()) {
    auto& to = response.brokers.emplace_back();
    to.broker_id = voter.id;
    to.host = voter.host;
    to.port = voter.port;
  }
  answer(response);
}

}  // namespace klamm::broker::controller_api
