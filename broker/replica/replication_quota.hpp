// How fast throttled replicas are copied: bytes a second over the last windows, as Kafka's replication quotas count them (KIP-73).
//
//   rate = what was recorded in the windows that are kept / max(now - start of the oldest of them, one window)
//
// A window begins with the first bytes after the one before is over. Nobody is held up while the rate is at the limit or below: a
// large answer is made up for afterwards.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace klamm::broker::replica {

struct quota_windows {
  int count = 11;                             // replication.quota.window.num
  duration length = std::chrono::seconds(1);  // replication.quota.window.size.seconds
};

class replication_quota {
 public:
  replication_quota() = default;
  explicit replication_quota(quota_windows windows) : windows_(windows) {}

  /// Bytes a second; INT64_MAX: as fast as it goes.
  void set_limit(std::int64_t bytes_per_second) { limit_ = bytes_per_second; }
  void record(std::size_t bytes, time_point now);
  bool exceeded(time_point now) const { return free_at(now) > now; }
  /// When the rate is at the limit again if nothing more is recorded; `now` where it is.
  time_point free_at(time_point now) const;

 private:
  struct window {
    time_point start;
    std::int64_t bytes = 0;
  };
  time_point end_of_life(const window& of) const { return after(of.start, windows_.length * windows_.count); }

  quota_windows windows_;
  std::int64_t limit_ = INT64_MAX;
  std::deque<window> kept_;
};

/// Of a node: what its leaders give, and what its followers take.
struct replication_quotas {
  replication_quota leader, follower;
};

/// A topic's *.replication.throttled.replicas, as far as they are this node's.
struct throttled_replicas {
  bool all = false;
  std::vector<partition_id> partitions;

  bool has(partition_id id) const;
};

}  // namespace klamm::broker::replica
