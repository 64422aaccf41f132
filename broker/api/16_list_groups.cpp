#include <algorithm>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

/// An empty filter lets everything through.
bool passes(const std::vector<std::string_view>& filter, std::string_view value) {
  return filter.empty() ||
         std::any_of(filter.begin(), filter.end(), [&](auto f) { return same_ignoring_case(f, value); });
}

}  // namespace

void list_groups(const wire::list_groups_request& request, const caller&, services& node,
                 reply<wire::list_groups_response> answer) {
  wire::list_groups_response response;
  for (const auto* const coordinator : node.groups.coordinators())
    if (const auto failure = coordinator->list(response.groups); failure != error_code::none)
      response.error_code = failure;
  std::erase_if(response.groups, [&](const auto& group) {
    return !passes(request.states_filter, group.group_state) ||
           !passes(request.types_filter, group.group_type);
  });
  answer(response);
}

}  // namespace klamm::broker::api
