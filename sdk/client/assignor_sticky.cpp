// Sticky and cooperative-sticky: the same two solvers. They differ in where a member says what it owns, and in that the
// cooperative one holds back what another member has to give up first.
#include <algorithm>

#include "client/assignor_user_data.hpp"
#include "client/sticky_problem.hpp"

namespace klamm::client {
namespace {

ownership_claim sticky_claim(const member_subscription& member) {
  if (!member.user_data || member.user_data->empty()) return {};
  auto said = read_sticky_user_data(*member.user_data);
  return {std::move(said.partitions), said.generation.value};
}

ownership_claim cooperative_claim(const member_subscription& member) {
  if (member.generation.value >= 0 || !member.user_data) return {member.owned, member.generation.value};
  return {member.owned, read_cooperative_user_data(*member.user_data).value};
}

sticky_solution solve(const sticky_problem& problem) {
  return problem.equal_subscriptions ? solve_constrained(problem) : solve_general(problem);
}

/// What a member gains that others own at the moment, by what they said.
sticky_problem::transfers gained_from_others(const sticky_problem& problem, const sticky_solution& solution) {
  sticky_problem::transfers out;
  std::set<sticky_problem::slot> given_up;
  std::vector<std::set<sticky_problem::slot>> said(problem.members.size());
  for (std::size_t m = 0; m < problem.members.size(); ++m) {
    for (const auto& at : problem.members[m]->owned)
      if (const auto s = problem.find(at)) said[m].insert(*s);
    const std::set<sticky_problem::slot> gets(solution.by_member[m].begin(), solution.by_member[m].end());
    std::ranges::set_difference(said[m], gets, std::inserter(given_up, given_up.end()));
  }
  for (std::size_t m = 0; m < problem.members.size(); ++m)
    for (const auto s : solution.by_member[m])
      if (!said[m].contains(s) && given_up.contains(s)) out.push_back({s, m});
  return out;
}

}  // namespace

group_assignment assign_sticky(std::span<const assignable_topic> topics,
                               std::span<const member_subscription> members) {
  if (members.empty()) return {};
  const sticky_problem problem(topics, members, sticky_claim);
  return problem.named(solve(problem).by_member);
}

group_assignment assign_cooperative_sticky(std::span<const assignable_topic> topics,
                                           std::span<const member_subscription> members) {
  if (members.empty()) return {};
  const sticky_problem problem(topics, members, cooperative_claim);
  auto solution = solve(problem);
  for (const auto& [slot, to] : solution.moved ? *solution.moved : gained_from_others(problem, solution))
    std::erase(solution.by_member[to], slot);
  return problem.named(solution.by_member);
}

}  // namespace klamm::client
