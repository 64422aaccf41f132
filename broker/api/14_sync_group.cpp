#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void sync_group(const wire::sync_group_request& request, const caller&, services& node,
                reply<wire::sync_group_response> answer) {
  const auto coordinator = node.groups.coordinator_of(request.group_id);
  if (!coordinator) {
    wire::sync_group_response refused;
    refused.error_code = coordinator.code();
    return answer(refused);
  }
  (*coordinator)
      ->sync(request, [answer](const wire::sync_group_response& response) { answer(response); }, node.clock);
}

}  // namespace klamm::broker::api
