#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lowered;
}

/// Names in any case. None of them: everything passes.
class name_filter {
 public:
  explicit name_filter(const std::vector<std::string_view>& names) {
    for (const auto name : names) lowered_.insert(lower_case(name));
  }
  bool passes(std::string_view name) const { return lowered_.empty() || lowered_.contains(lower_case(name)); }

 private:
  std::set<std::string> lowered_;
};

}  // namespace

void list_groups(const wire::list_groups_request& request, const caller&, services& node,
                 reply<wire::list_groups_response> answer) {
  wire::list_groups_response response;
  for (const auto* const coordinator : node.groups.coordinators())
    if (const auto failure = coordinator->list(response.groups); failure != error_code::none)
      response.error_code = failure;
  const name_filter states(request.states_filter), types(request.types_filter);
  std::erase_if(response.groups, [&](const auto& group) {
    return !states.passes(group.group_state) || !types.passes(group.group_type);
  });
  answer(response);
}

}  // namespace klamm::broker::api
