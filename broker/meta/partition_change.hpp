// The one place where a partition is changed: what it is and what it is to become, to the record that says so. As Kafka's
// PartitionChangeBuilder, step by step:
//
//   1. a reassignment is complete once the ISR holds every replica that stays: `removing` goes, the lists are emptied
//   2. an ISR below the minimum leaves its members that left it as eligible leaders (ELR, KIP-966), but for those that shut
//      down uncleanly; an ISR of the minimum needs no ELR
//   3. a leader is elected (leader_election.hpp); one out of the ELR is alone in the ISR, an unclean one also RECOVERING
//   4. a replica that is taken away takes a leader epoch, so that nobody follows with the old list
//   5. an ISR that becomes empty leaves its leader as the last known one; a new leader clears that
//
// Without the feature eligible.leader.replicas.version the ISR is never emptied: the last member stays in it, leaderless.
// Replay gives each change a partition epoch, and each record that names a leader a leader epoch (image_builder.cpp).
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "broker/meta/image.hpp"
#include "broker/meta/leader_election.hpp"
#include "wire/messages/partition_change_record.hpp"

namespace klamm::broker::meta {

/// A record's leader, where the change does not name one.
inline constexpr node_id leader_unchanged{-2};
inline constexpr std::int8_t recovered = 0, recovering = 1;

struct partition_target {
  /// As it is.
  explicit partition_target(const partition_image& partition);

  std::vector<node_id> isr, replicas, removing, adding;
  std::map<node_id, uuid> directories;  // of the replicas
  std::int8_t leader_recovery_state;
  std::vector<node_id> shut_down_uncleanly{};
  bool last_known_is_lost = false;  // what the last known leader had is gone
};

struct partition_rules {
  std::size_t min_isr = 1;  // not above the replicas
  bool eligible_leaders = false;
  std::vector<node_id> may_lead;
  election how = election::online;
};

/// Null: nothing changes. `topic` and `id` are only written into the record.
std::optional<wire::partition_change_record> change_partition(const partition_image& from,
                                                              partition_target to,
                                                              const partition_rules& rules, const uuid& topic,
                                                              partition_id id);

/// What the partition is once the record is replayed.
void apply_change(partition_image& partition, const wire::partition_change_record& record);

bool is_reassigning(const partition_image& partition);

}  // namespace klamm::broker::meta
