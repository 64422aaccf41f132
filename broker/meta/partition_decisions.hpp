// What is decided on a partition's leader and its in-sync replicas.
//
//   what is wrong with a partition of AlterPartition            its error
//   ---------------------------------------------------------   --------------------------
//   the broker's epoch is not the registered one                STALE_BROKER_EPOCH, the whole request
//   the topic is unknown                                        UNKNOWN_TOPIC_ID
//   the partition is unknown                                    UNKNOWN_TOPIC_OR_PARTITION
//   a newer leader epoch or partition epoch than ours           NOT_CONTROLLER: another leads the quorum by now
//   an older leader epoch                                       FENCED_LEADER_EPOCH
//   the broker is not the leader                                INVALID_REQUEST
//   an older partition epoch                                    INVALID_UPDATE_VERSION
//   an ISR that is empty, repeats or names no replica           INVALID_REQUEST
//   an ISR without the leader                                   INVALID_REQUEST
//   an ISR of several while RECOVERING                          INVALID_REQUEST
//   RECOVERED back to RECOVERING                                INVALID_REQUEST
//   a member that is fenced, shuts down (KIP-841), is not
//   registered, or registered anew since (KIP-903)              INELIGIBLE_REPLICA
//   the ISR completes a reassignment that takes the leader      NEW_LEADER_ELECTED, and it is changed
//
// Elections (ElectLeaders): ELECTION_NOT_NEEDED where the leader is the one that is wished for; PREFERRED_LEADER_NOT_AVAILABLE,
// ELIGIBLE_LEADERS_NOT_AVAILABLE where it cannot be had.
#pragma once

#include "broker/meta/decision.hpp"
#include "wire/messages/alter_partition.hpp"
#include "wire/messages/elect_leaders.hpp"

namespace klamm::broker::meta {

wire::alter_partition_response alter_partition(const wire::alter_partition_request& request, decision& d);
wire::elect_leaders_response elect_leaders(const wire::elect_leaders_request& request, decision& d);

/// Elects for every partition without a leader whose topic allows an unclean one, as it may have begun to.
void elect_unclean_leaders(decision& d);

/// Gives leaderships back to preferred leaders, where a broker lacks more of its own than
/// leader.imbalance.per.broker.percentage allows.
void balance_leaders(decision& d);

}  // namespace klamm::broker::meta
