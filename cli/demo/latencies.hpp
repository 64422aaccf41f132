// Percentiles of a sample of durations.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <vector>

namespace klamm::cli::demo {

/// Thread-safe.
class latencies {
 public:
  void add(std::chrono::nanoseconds one) {
    const std::lock_guard lock(mutex_);
    sample_.push_back(one);
  }

  /// `share` in [0, 1]; zero without a sample.
  std::chrono::duration<double, std::milli> percentile(double share) {
    const std::lock_guard lock(mutex_);
    if (sample_.empty()) return {};
    const auto at =
        std::min(sample_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sample_.size())));
    std::ranges::nth_element(sample_, sample_.begin() + static_cast<std::ptrdiff_t>(at));
    return sample_[at];
  }

 private:
  std::mutex mutex_;
  std::vector<std::chrono::nanoseconds> sample_;
};

}  // namespace klamm::cli::demo
