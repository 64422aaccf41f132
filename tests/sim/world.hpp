// The deterministic world: one thread, one queue of events in virtual time, one seed.
//
// Two runs of a seed do the same things in the same order, on every compiler: the trace hash, folded from every event, says so.
#pragma once

#include <cstdint>
#include <queue>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"

namespace klamm::sim {

class world {
 public:
  using action = unique_function<void()>;

  explicit world(std::uint64_t seed) : random_(seed), seed_(seed) {}
  world(const world&) = delete;

  std::uint64_t seed() const { return seed_; }
  instant now() const {
    return {steady_, timestamp(wall_start + steady_.time_since_epoch() / millis(1) + wall_skew_)};
  }
  /// Moves the wall clock, and no deadline with it.
  void jump_wall_clock(millis by) { wall_skew_ += by.count(); }

  rng& random() { return random_; }
  /// A duration in [least, most].
  duration between(duration least, duration most);

  /// Runs `then` at that time, after everything that was scheduled for the same time before.
  void at(time_point when, action then);
  void in(duration delay, action then) { at(after(steady_, delay), std::move(then)); }

  /// Runs the next event; false if there is none at or before `limit`, whereupon the time is `limit`.
  bool step(time_point limit);
  void run_until(time_point limit) {
    while (step(limit)) {
    }
  }

  /// Folds something that happened into the trace.
  void trace(std::string_view what, std::uint64_t a = 0, std::uint64_t b = 0);
  void trace(std::string_view what, bytes_view bytes);
  std::uint64_t trace_hash() const { return hash_; }
  std::uint64_t events() const { return events_; }

 private:
  static constexpr std::int64_t wall_start = 1'700'000'000'000;

  struct entry {
    time_point when;
    std::uint64_t order;
    mutable action then;
    bool operator<(const entry& other) const {  // the queue gives the largest first
      return when != other.when ? when > other.when : order > other.order;
    }
  };

  void fold(std::uint64_t value);

  rng random_;
  std::uint64_t seed_;
  time_point steady_{std::chrono::hours(1)};
  std::int64_t wall_skew_ = 0;
  std::priority_queue<entry> queue_;
  std::uint64_t scheduled_ = 0, events_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace klamm::sim
