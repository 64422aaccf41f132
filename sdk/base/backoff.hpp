// How long to wait after failures: exponential with jitter (KIP-580), so that clients that failed together do not return together.
#pragma once

#include <algorithm>

#include "base/rng.hpp"
#include "base/time.hpp"

namespace klamm {

/// An exponential backoff with jitter (KIP-580): attempt n waits initial * 2^n, at most `limit`, give or take
/// 20 %.
struct backoff_options {
  duration initial = millis(100);
  duration limit = millis(1000);
};

/// The wait after `failures` failures in a row (at least 1): initial * 2^(failures-1), at most the limit, times 0.8 to 1.2.
inline duration backoff(const backoff_options& options, int failures, rng& random) {
  const auto doublings = std::clamp(failures - 1, 0, 30);
  const auto plain = std::min(options.limit.count(), options.initial.count() << doublings);
  return duration(static_cast<std::int64_t>(static_cast<double>(plain) * (0.8 + 0.4 * random.unit())));
}

/// Failures in a row of one thing, and when to try it again.
class retry_state {
 public:
  bool due(time_point now) const { return now >= at_; }
  /// When the next try may come; a time that has passed if nothing failed.
  time_point at() const { return at_; }
  int failures() const { return failures_; }
  void failed(const backoff_options& options, rng& random, time_point now) {
    at_ = after(now, backoff(options, ++failures_, random));
  }
  /// Another try, of what is no failure.
  void not_before(time_point at) { at_ = at; }
  void succeeded() { failures_ = 0, at_ = {}; }

 private:
  int failures_ = 0;
  time_point at_{};
};

}  // namespace klamm
