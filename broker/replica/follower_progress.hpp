// What a leader knows of one follower, from the Fetch requests that it sends.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace klamm::broker::replica {

/// What one Fetch of a follower says of it: it has synced (fsync=ack) or written (fsync=os) everything below `next`, and shows nothing
/// below `log_start` any more, even after a power cut.
struct follower_position {
  node_id id;
  std::int64_t broker_epoch = -1;
  offset next;
  offset log_start;
};

struct follower_progress {
  explicit follower_progress(node_id of) : id(of) {}

  /// A fetch that began at or behind the leader's end was caught up then; one that began at or behind where the leader's end was
  /// at the fetch before was caught up when that one came.
  void on_fetch(const follower_position& said, offset leader_end, time_point now);
  /// This node begins to lead: nobody has fetched from it yet, and who is in sync has the whole lag time to do so.
  void on_new_leader(bool in_sync, time_point now);
  /// The same leader in a new epoch: what the follower has is still known.
  void on_new_epoch(bool in_sync, offset leader_end, time_point now);
  bool caught_up(offset leader_end, time_point now, duration lag) const {
    return end >= leader_end || (caught_up_at && now < after(*caught_up_at, lag));
  }

  node_id id;
  offset end, log_start;                     // -1: not known
  std::optional<std::int64_t> broker_epoch;  // of its last fetch
  std::optional<time_point> caught_up_at;

 private:
  std::optional<time_point> fetched_at_;
  offset leader_end_then_;
};

}  // namespace klamm::broker::replica
