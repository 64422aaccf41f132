#include "broker/meta/leader_election.hpp"

#include "broker/meta/node_list.hpp"

namespace klamm::broker::meta {

election_result elect_leader(const leader_candidates& of, election how) {
  const auto may_lead = [&](node_id id) { return holds(of.may_lead, id); };
  const auto is_candidate = [&](node_id id) {
    return may_lead(id) && (holds(of.isr, id) || (of.isr.empty() && holds(of.eligible, id)));
  };
  const auto first = [&](auto suits) {
    const auto found = std::find_if(of.replicas.begin(), of.replicas.end(), suits);
    return found == of.replicas.end() ? no_leader : *found;
  };
  if (how == election::preferred && !of.replicas.empty() && is_candidate(of.replicas.front()))
    return {of.replicas.front()};
  if (is_candidate(of.leader)) return {of.leader};
  if (const auto clean = first(is_candidate); clean != no_leader) return {clean};
  if (of.isr.empty() && of.eligible.empty() && of.last_known_leader && may_lead(*of.last_known_leader))
    return {*of.last_known_leader, true};
  if (how != election::unclean) return {};
  const auto unclean = first(may_lead);
  return {unclean, unclean != no_leader};
}

}  // namespace klamm::broker::meta
