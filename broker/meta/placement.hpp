// Where new replicas go: over the racks in turn, and within a rack over its brokers in turn, so that leaders and replicas come
// out even and no rack has two replicas of a partition while another has none. Where the turns begin is random. Brokers that
// are fenced take a replica only where no other of their rack is left, and never the first; brokers that are shutting down
// take none. As Kafka's StripedReplicaPlacer.
//
//   replication factor                error
//   ------------------------------   -------------------------------------------------------------
//   below 1                           INVALID_REPLICATION_FACTOR
//   above the registered brokers      INVALID_REPLICATION_FACTOR
//   any, while no broker is live      INVALID_REPLICATION_FACTOR
#pragma once

#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "broker/meta/image.hpp"

namespace klamm::broker::meta {

/// For each of `partitions` its replicas, the preferred leader first.
result<std::vector<std::vector<node_id>>> place_replicas(const image& state, std::size_t partitions,
                                                         std::int64_t replication_factor, rng& random);

/// INVALID_REPLICA_ASSIGNMENT unless the replicas are registered brokers, each named once.
result<void> check_assignment(const image& state, const std::vector<node_id>& replicas);

}  // namespace klamm::broker::meta
