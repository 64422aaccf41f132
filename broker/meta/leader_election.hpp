// Who leads a partition next.
//
//   how        the first line that holds                                      leader                   unclean
//   --------   ------------------------------------------------------------   ----------------------   -------
//   preferred  the first replica is a candidate                               it                       no
//   any        the present leader is a candidate                              it: nothing changes      no
//   any        some replica is a candidate                                    the first of the list    no
//   any        ISR and ELR are empty, and the last known leader may lead      it                       yes
//   unclean    some replica may lead                                          the first of the list    yes
//   any        -                                                              none                     no
//
// A candidate may lead (its broker is unfenced, stays, and has its directory), and is in the ISR or, where the ISR is empty, in
// the ELR (KIP-966). An unclean leader may lack what was acknowledged: it is alone in the ISR, and RECOVERING until it says not.
#pragma once

#include <optional>
#include <span>

#include "base/ids.hpp"

namespace klamm::broker::meta {

enum class election { online, preferred, unclean };

inline constexpr node_id no_leader{-1};

struct leader_candidates {
  std::span<const node_id> replicas, isr, eligible;  // the replicas in the order of preference
  std::span<const node_id> may_lead;
  node_id leader;                              // now; no_leader if there is none
  std::optional<node_id> last_known_leader{};  // where it may be asked to come back (KIP-966)
};

struct election_result {
  node_id leader = no_leader;
  bool unclean = false;
  bool operator==(const election_result&) const = default;
};

election_result elect_leader(const leader_candidates& of, election how);

}  // namespace klamm::broker::meta
