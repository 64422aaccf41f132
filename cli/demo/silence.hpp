// How long the partitions that lose their leader go without an acknowledgement: what a failover costs who produces.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <vector>

#include <klamm/types.hpp>

namespace klamm::cli::demo {

/// Thread-safe.
class silence {
 public:
  explicit silence(int partitions) : partitions_(static_cast<std::size_t>(partitions)) {}

  /// A batch of this partition was acknowledged.
  void acknowledged(Partition partition) {
    const std::lock_guard lock(mutex_);
    auto& at = partitions_.at(static_cast<std::size_t>(partition.value));
    const auto now = clock::now();
    if (at.lost) longest_ = std::max(longest_, now - at.last);
    at.last = now;
    if (at.lost && elected_) at.lost = false;
    changed_.notify_all();
  }
  /// Their leader is killed now.
  void lost_leader(const std::vector<Partition>& these) {
    const std::lock_guard lock(mutex_);
    for (const auto p : these) {
      auto& at = partitions_.at(static_cast<std::size_t>(p.value));
      at.last = clock::now();
      at.lost = true;
    }
  }
  /// Other leaders are known: what is acknowledged from here on is theirs.
  void elected() {
    const std::lock_guard lock(mutex_);
    elected_ = true;
  }
  /// Nothing more will be sent.
  void finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }
  /// Waits until the new leaders have acknowledged something in each of them; returns the longest wait for that.
  std::chrono::milliseconds wait_until_over(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, std::move(stop), [this] {
      return finished_ || std::ranges::none_of(partitions_, [](const state& one) { return one.lost; });
    });
    return std::chrono::duration_cast<std::chrono::milliseconds>(longest_);
  }

 private:
  using clock = std::chrono::steady_clock;
  struct state {
    clock::time_point last;
    bool lost = false;
  };

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<state> partitions_;
  clock::duration longest_{};
  bool elected_ = false, finished_ = false;
};

}  // namespace klamm::cli::demo
