#include <set>
#include <string_view>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

constexpr api_version first_with_not_found = 6;

}  // namespace

void describe_groups(const wire::describe_groups_request& request, const caller& from, services& node,
                     reply<wire::describe_groups_response> answer) {
  wire::describe_groups_response response;
  // Each once: an answer must not be out of proportion to its question.
  std::set<std::string_view> seen;
  for (const auto id : request.groups) {
    if (!seen.insert(id).second) continue;
    auto& to = response.groups.emplace_back();
    const auto coordinator = node.groups.coordinator_of(id);
    to.error_code = coordinator ? (*coordinator)->describe(id, to) : coordinator.code();
    to.group_id = id;
    if (to.error_code == error_code::group_id_not_found) {
      to.group_state = "Dead";
      if (from.version < first_with_not_found)
        to.error_code = error_code::none;
      else
        to.error_message = "The group does not exist.";
    }
    if (request.include_authorized_operations) to.authorized_operations = all_group_operations;
  }
  answer(response);
}

}  // namespace klamm::broker::api
