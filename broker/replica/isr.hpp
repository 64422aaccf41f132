// The numbers of replication: the high watermark, who is caught up, where a follower has to cut its log.
#pragma once

#include <span>

#include "base/ids.hpp"
#include "broker/log/log_types.hpp"

namespace klamm::broker::replica {

/// How far a replica has the log. Under fsync=ack that is what it has synced, under fsync=os what it has written.
struct replica_progress {
  node_id id;
  offset end{0};  // -1: not known yet
};

/// The largest offset that everybody holds who has a say, and never less than `current`: the members of the maximal ISR (the
/// committed members and those about to join, never minus those about to leave), and eligible replicas that are caught up and
/// would join next (or they could not, at high rates). Frozen while fewer than `min_isr` members are in sync (KIP-966).
offset high_watermark(offset current, std::span<const replica_progress> holding, int in_sync, int min_isr);

/// How many members an acks=all append needs: min.insync.replicas, but no more than there are replicas.
int needed_in_sync(int min_insync_replicas, std::size_t replicas);

/// Where a follower that ends at `end` cuts its log when the leader says that theirs part (KIP-101, KIP-279): `leaders` is the
/// largest epoch that the leader has at or below the follower's last, and where it ends there; `own` is what the follower has
/// for that epoch. Where it has only lower ones it goes back to their end, and the next fetch asks again.
offset truncation_point(log::epoch_end leaders, log::epoch_end own, offset end);

}  // namespace klamm::broker::replica
