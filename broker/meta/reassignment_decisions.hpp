// Moving partitions to other brokers (KIP-455).
//
//   a partition of AlterPartitionReassignments         what is decided
//   ------------------------------------------------   -----------------------------------------------------------------
//   replicas                                           the new ones are added, the old ones leave once the ISR holds all
//                                                      that stay; only an order changes at once
//   none, while it is reassigned                       what was added leaves again
//   none, while it is not                              NO_REASSIGNMENT_IN_PROGRESS
//   none, while only added ones are in sync            INVALID_REPLICA_ASSIGNMENT, unless the topic allows unclean leaders
//   a topic or partition that is not there             UNKNOWN_TOPIC_OR_PARTITION
//   replicas that are unknown, repeated or none        INVALID_REPLICA_ASSIGNMENT
//   another number of them, where that is forbidden    INVALID_REPLICATION_FACTOR (KIP-860)
#pragma once

#include "broker/meta/decision.hpp"
#include "wire/messages/alter_partition_reassignments.hpp"
#include "wire/messages/list_partition_reassignments.hpp"

namespace klamm::broker::meta {

wire::alter_partition_reassignments_response alter_partition_reassignments(
    const wire::alter_partition_reassignments_request& request, decision& d);
wire::list_partition_reassignments_response list_partition_reassignments(
    const wire::list_partition_reassignments_request& request, decision& d);

}  // namespace klamm::broker::meta
