// One value handed from the thread that makes it to the thread that waits for it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/time.hpp"

namespace klamm::handoff {

template <class T>
class one_shot {
 public:
  /// Precondition: nothing was set before.
  void set(T value) {
    // Notified under the lock: the waiting thread may destroy this as soon as it is let go.
    const std::lock_guard held(lock_);
    value_.emplace(std::move(value));
    come_.notify_one();
  }
  T wait() {
    std::unique_lock held(lock_);
    come_.wait(held, [this] { return value_.has_value(); });
    return *std::move(value_);
  }
  /// Nothing: it did not come in that time.
  std::optional<T> wait_for(duration patience) {
    std::unique_lock held(lock_);
    const auto has_come = [this] { return value_.has_value(); };
    return come_.wait_for(held, patience, has_come) ? std::move(value_) : std::nullopt;
  }

 private:
  std::mutex lock_;
  std::condition_variable come_;
  std::optional<T> value_;
};

}  // namespace klamm::handoff
