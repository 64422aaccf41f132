// The memory that records not yet acknowledged may take: a number of bytes, and those who wait for some, served in the
// order in which they came.
//
//   who asks          enough, nobody waits   otherwise
//   ---------------   --------------------   ------------------------------------------------------
//   try_take          taken                  refused
//   take              taken                  waits for its turn, at most so long
//   overdraw          taken                  taken all the same: callbacks must never wait for themselves
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"

namespace klamm::handoff {

class byte_budget {
 public:
  /// `on_wait` is called by whoever starts to wait, once others can see that.
  explicit byte_budget(std::size_t limit, std::function<void()> on_wait = {})
      : limit_(limit), left_(static_cast<std::int64_t>(limit)), on_wait_(std::move(on_wait)) {}
  byte_budget(const byte_budget&) = delete;
  byte_budget& operator=(const byte_budget&) = delete;

  bool try_take(std::size_t bytes);
  /// Fails with buffer_full after `patience` or where the budget is smaller than that, with why it was shut otherwise.
  result<void> take(std::size_t bytes, duration patience);
  void overdraw(std::size_t bytes) { left_ -= static_cast<std::int64_t>(bytes); }
  void give_back(std::size_t bytes);

  /// Ends every wait, now and later.
  void shut(const error& why);

  std::size_t limit() const { return limit_; }
  /// Bytes taken; above the limit when it is overdrawn.
  std::size_t used() const {
    return static_cast<std::size_t>(static_cast<std::int64_t>(limit_) - left_.load());
  }
  /// Whether somebody waits: then nothing should linger that would give memory back.
  bool contended() const { return waiting() > 0; }
  int waiting() const { return waiting_.load(); }

 private:
  struct waiter {
    std::size_t bytes;
    bool granted = false;
    std::condition_variable ready;
  };

  bool take_if_there(std::size_t bytes);
  void serve();

  const std::size_t limit_;
  std::atomic<std::int64_t> left_;
  std::atomic<int> waiting_ = 0;
  const std::function<void()> on_wait_;
  std::mutex mutex_;
  std::list<waiter*> queue_;
  std::optional<error> shut_;
};

}  // namespace klamm::handoff
