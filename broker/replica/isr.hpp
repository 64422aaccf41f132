// The high watermark: what a partition's replicas agree on.
#pragma once

#include <span>

#include "base/ids.hpp"

namespace klamm::broker::replica {

/// How far a replica has the log. Under fsync=ack that is what it has synced, under fsync=os what it has written.
struct replica_progress {
  node_id id;
  offset end{0};
};

/// The largest offset that every member of the maximal ISR holds, and never less than `current`. The maximal ISR has
/// the committed members and those about to join, never minus those about to leave. Frozen while fewer than `min_isr`
/// members are in sync (KIP-966).
offset high_watermark(offset current, std::span<const replica_progress> maximal_isr, int min_isr);

/// How many members an acks=all append needs: min.insync.replicas, but no more than there are replicas.
int needed_in_sync(int min_insync_replicas, std::size_t replicas);

}  // namespace klamm::broker::replica
