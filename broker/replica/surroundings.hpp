// What the replicas of one node share: settings, the time, and whom they speak to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/deadline_queue.hpp"
#include "base/faults.hpp"
#include "base/ids.hpp"
#include "base/log_sink.hpp"
#include "base/time.hpp"
#include "broker/replica/replication_quota.hpp"

namespace klamm::broker::replica {

class broker_registry;
class fetchers;
class isr_authority;
class leader_links;

struct replication_options {
  millis lag_time_max{30'000};                       // replica.lag.time.max.ms
  std::int32_t fetch_max_bytes = 1 << 20;            // replica.fetch.max.bytes, of one partition
  std::int32_t fetch_response_max_bytes = 10 << 20;  // replica.fetch.response.max.bytes
  std::int32_t fetch_min_bytes = 1;                  // replica.fetch.min.bytes
  millis fetch_wait_max{500};                        // replica.fetch.wait.max.ms
  millis fetch_backoff{1000};                        // replica.fetch.backoff.ms
  quota_windows quota = {};                          // replication.quota.window.*
};

/// Where a node has no others, all three are null: what is led is led alone.
struct replication_ports {
  isr_authority* authority = nullptr;
  const broker_registry* brokers = nullptr;
  leader_links* links = nullptr;
};

struct surroundings {
  node_id self;
  const instant& clock;  // what the node was last told
  replication_options how;
  replication_ports ports;
  log_sink& sink = silent_log();
  fault_injector* faults = nullptr;
  fetchers* followers = nullptr;
  replication_quotas quotas = {};
  /// Of partitions, by their numbers. A deadline may be too early: whoever is called looks what is due.
  deadline_queue<std::uint64_t> deadlines = {};
  std::uint64_t next_number = 0;
};

/// The one deadline of a partition. It may ring too early, never too late: whoever is rung looks what is due, and says when
/// again, so that a deadline that moves back with every request costs nothing.
class alarm {
 public:
  explicit alarm(surroundings& around) : around_(around), number_(around.next_number++) {}
  ~alarm() { around_.deadlines.erase(number_); }
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;

  std::uint64_t number() const { return number_; }
  void ring_by(time_point when) {
    if (when >= at_) return;
    at_ = when;
    around_.deadlines.set(number_, at_);
  }
  void rung() { at_ = never; }

 private:
  surroundings& around_;
  std::uint64_t number_;
  time_point at_ = never;
};

/// How long a follower waits after failures in a row: short at first, since a leader may only have to hear of the partition yet,
/// twice as long each time, at most replica.fetch.backoff.ms.
class growing_pause {
 public:
  millis next(millis limit) { return std::exchange(next_, std::min(next_ * 2, limit)); }
  void reset() { next_ = shortest; }

 private:
  static constexpr millis shortest{20};
  millis next_ = shortest;
};

/// Answers that arrive when who asked is gone are dropped.
class lifetime {
 public:
  template <class F>
  auto guard(F then) const {
    return [alive = std::weak_ptr<const void>(token_), then = std::move(then)](auto&&... args) mutable {
      if (!alive.expired()) then(std::forward<decltype(args)>(args)...);
    };
  }

 private:
  std::shared_ptr<const void> token_ = std::make_shared<char>();
};

}  // namespace klamm::broker::replica
