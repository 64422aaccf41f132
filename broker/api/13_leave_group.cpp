#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

constexpr api_version first_with_many_members = 3;

}  // namespace

void leave_group(const wire::leave_group_request& request, const caller& from, services& node,
                 reply<wire::leave_group_response> answer) {
  const auto coordinator = node.groups.coordinator_of(request.group_id);
  const auto why = request.group_id.empty() ? error_code::invalid_group_id : coordinator.code();
  if (why != error_code::none) {
    wire::leave_group_response refused;
    refused.error_code = why;
    return answer(refused);
  }
  // Before version 3 one member leaves, named beside the list.
  auto asked = std::make_shared<wire::leave_group_request>(request);
  if (from.version < first_with_many_members) {
    asked->members.clear();
    asked->members.emplace_back().member_id = request.member_id;
  }
  (*coordinator)
      ->leave(
          *asked,
          [asked, answer, version = from.version](std::span<const error_code> outcomes) {
            wire::leave_group_response response;
            if (version < first_with_many_members) {
              response.error_code = outcomes.empty() ? error_code::none : outcomes.front();
              return answer(response);
            }
            for (std::size_t i = 0; i < outcomes.size(); ++i) {
              auto& to = response.members.emplace_back();
              to.member_id = asked->members[i].member_id;
              to.group_instance_id = asked->members[i].group_instance_id;
              to.error_code = outcomes[i];
            }
            answer(response);
          },
          node.clock);
}

}  // namespace klamm::broker::api
