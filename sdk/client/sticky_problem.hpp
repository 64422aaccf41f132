// What the sticky assignors have to solve, in numbers: members by rank of their ids, partitions by rank of topic and number.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "client/assignor.hpp"

namespace klamm::client {

/// What a member says it owns, and since when; read in the assignor's own way.
struct ownership_claim {
  std::vector<topic_partition> partitions;
  std::int32_t generation = -1;
};
using read_claim = ownership_claim (*)(const member_subscription&);

struct sticky_problem {
  using member = std::size_t;
  using topic = std::size_t;
  using slot = std::size_t;  // a partition: topics in name order, each from 0 up
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

  sticky_problem(std::span<const assignable_topic> topics, std::span<const member_subscription> members,
                 read_claim claim_of);

  std::vector<const member_subscription*> members;
  std::vector<const assignable_topic*> topics;
  std::vector<slot> first_slot;                  // by topic; one more at the end
  std::vector<topic> topic_of;                   // by slot
  std::vector<std::set<topic>> subscribed;       // by member, topics that exist
  std::vector<std::vector<member>> subscribers;  // by topic, in order
  bool equal_subscriptions = true;

  std::vector<ownership_claim> claims;  // by member
  std::int32_t max_generation = -1;
  std::vector<std::vector<slot>> owned;  // by member, after conflicts: the later generation wins
  std::set<slot> claimed_twice;          // by two members of one generation: nobody keeps it

  /// Whether racks play a part (KIP-881). Without it no member has a rack.
  bool by_rack = false;
  std::vector<std::size_t> members_in_racks;  // by slot: how many members share a rack with a replica

  std::size_t slots() const { return topic_of.size(); }
  std::optional<slot> find(const topic_partition& at) const;
  topic_partition name(slot s) const;
  bool rack_matches(member m, slot s) const;   // the member has a rack, and the partition a replica there
  bool rack_mismatch(member m, slot s) const;  // the member has a rack, and the partition none there

  /// Moves by slot: what a member gains that another one, or two at once, had.
  using transfers = std::vector<std::pair<slot, member>>;
  group_assignment named(const std::vector<std::vector<slot>>& by_member) const;

 private:
  void index(std::span<const assignable_topic> topics, std::span<const member_subscription> members);
  void settle_claims();
  void weigh_racks();
};

/// A whole assignment, and what changes hands in it where the solver knows.
struct sticky_solution {
  std::vector<std::vector<sticky_problem::slot>> by_member;
  std::optional<sticky_problem::transfers> moved;
};

/// All members subscribe to the same topics.
sticky_solution solve_constrained(const sticky_problem& problem);
sticky_solution solve_general(const sticky_problem& problem);

}  // namespace klamm::client
