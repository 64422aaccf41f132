// Who waits for records: blocked threads and suspended coroutines alike, first come, first served.
//
// A taker is called once, when something may be there for it; it then tries again, and waits anew if another was faster.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/strong.hpp"
#include "base/unique_function.hpp"

namespace klamm::handoff {

using taker_id = strong_id<struct taker_id_tag, std::int64_t>;

/// Guarded by the lock of the queue that has it.
class takers {
 public:
  taker_id add(unique_function<void()> retry) {
    waiting_.emplace_back(taker_id(++last_), std::move(retry));
    return taker_id(last_);
  }
  /// False: it is not waiting any more, since it was or is being called.
  bool remove(taker_id id) {
    return std::erase_if(waiting_, [&](const auto& waiting) { return waiting.first == id; }) != 0;
  }
  /// Moves the longest waiting one to `to`, for the caller to call.
  void call_one(std::vector<unique_function<void()>>& to) {
    if (waiting_.empty()) return;
    to.push_back(std::move(waiting_.front().second));
    waiting_.pop_front();
  }
  bool empty() const { return waiting_.empty(); }
  void call_all(std::vector<unique_function<void()>>& to) {
    while (!waiting_.empty()) call_one(to);
  }

 private:
  std::deque<std::pair<taker_id, unique_function<void()>>> waiting_;
  std::int64_t last_ = 0;
};

}  // namespace klamm::handoff
