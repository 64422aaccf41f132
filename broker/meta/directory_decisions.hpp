// Where brokers keep their replicas, as they say it themselves (AssignReplicasToDirs, KIP-858).
//
//   a replica named in a directory   what happens
//   ------------------------------   ------------------------------------------------------------------------------------
//   that the broker has online       the partition says so; a broker that may lead again may be elected
//   that it has not                  the same, and the broker leaves the ISR and leads no more
//   after one that it has not        what it had is gone, unless it is in sync again: it leads no more as the last known
//                                    leader (ours; Kafka elects it)
//   of a partition that it has none  NOT_LEADER_OR_FOLLOWER
//   of no partition, of no topic     UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID
#pragma once

#include "broker/meta/decision.hpp"
#include "wire/messages/assign_replicas_to_dirs.hpp"

namespace klamm::broker::meta {

/// STALE_BROKER_EPOCH of the whole request unless the broker is registered under its epoch.
wire::assign_replicas_to_dirs_response assign_replicas_to_dirs(
    const wire::assign_replicas_to_dirs_request& request, decision& d);

}  // namespace klamm::broker::meta
