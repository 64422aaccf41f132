#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void heartbeat(const wire::heartbeat_request& request, const caller&, services& node,
               reply<wire::heartbeat_response> answer) {
  const auto coordinator = node.groups.coordinator_of(request.group_id);
  wire::heartbeat_response response;
  response.error_code = coordinator
                            ? (*coordinator)
                                  ->heartbeat(request.group_id, request.member_id, request.group_instance_id,
                                              request.generation_id, node.clock)
                            : coordinator.code();
  answer(response);
}

}  // namespace klamm::broker::api
