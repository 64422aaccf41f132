// What other threads do, counted, so that a test can wait for it: never for ever.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace klamm::delivery {

/// Far more than anything here takes, on a slow machine and under a sanitizer too.
inline constexpr std::chrono::minutes patience{2};

class tally {
 public:
  void add(int more = 1) {
    const std::lock_guard lock(mutex_);
    count_ += more;
    changed_.notify_all();
  }
  int count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  /// False: `patience` passed first.
  bool reaches(int wanted) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return count_ >= wanted; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int count_ = 0;
};

}  // namespace klamm::delivery
