#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void join_group(const wire::join_group_request& request, const caller& from, services& node,
                reply<wire::join_group_response> answer) {
  const auto coordinator = node.groups.coordinator_of(request.group_id);
  if (!coordinator) {
    wire::join_group_response refused;
    refused.error_code = coordinator.code();
    refused.member_id = request.member_id;
    return answer(refused);
  }
  (*coordinator)
      ->join(
          request, {from.client_id, from.peer.host, from.version},
          [answer](const wire::join_group_response& response) { answer(response); }, node.clock);
}

}  // namespace klamm::broker::api
