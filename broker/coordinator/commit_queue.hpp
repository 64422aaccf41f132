// Replies, and effects that may leave only after commit, parked under the offset that has to be committed
// first.
#pragma once

#include <algorithm>
#include <deque>
#include <utility>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/unique_function.hpp"

namespace klamm::broker::coordinator {

class commit_queue {
 public:
  /// Called once: with error_code::none when `end` is committed, or with why it will not be.
  using action = unique_function<void(error_code)>;

  /// Runs `then` when the high watermark reaches `end`, at once if it has; behind those that were parked for the same.
  void after(offset end, action then) {
    if (end <= high_watermark_) return then(error_code::none);
    waiting_.insert(std::ranges::upper_bound(waiting_, end, {}, &entry::end), {end, std::move(then)});
  }

  void advance(offset high_watermark) {
    if (high_watermark > high_watermark_) high_watermark_ = high_watermark;
    while (!waiting_.empty() && waiting_.front().end <= high_watermark_) {
      auto then = std::move(waiting_.front().then);
      waiting_.pop_front();
      then(error_code::none);
    }
  }

  /// The leadership is lost: nothing that waits will be known to be committed here.
  void fail(error_code why) {
    auto failed = std::exchange(waiting_, {});
    for (auto& one : failed) one.then(why);
  }

  bool empty() const { return waiting_.empty(); }

 private:
  struct entry {
    offset end;
    action then;
  };
  std::deque<entry> waiting_;
  offset high_watermark_{0};
};

}  // namespace klamm::broker::coordinator
