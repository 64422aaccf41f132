// Answers that wait until what they say is committed, and then until every live broker serves it, though not for ever: a broker
// that hangs may hold up CreateTopics for a moment only.
//
//   event           who leaves, from the front on
//   -------------   ---------------------------------------------------------------------------------
//   advance         committed, and served by every live broker or waited for until its bound: none
//   fail            everybody: why it will not be committed here
#pragma once

#include <deque>
#include <utility>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"

namespace klamm::broker::meta {

class parked_answers {
 public:
  /// Called once: with error_code::none when the answer may leave, or with why it must not be given.
  using action = unique_function<void(error_code)>;

  /// Preconditions: neither `end` nor `bound` goes back.
  void after(offset end, time_point bound, action then) { waiting_.push_back({end, bound, std::move(then)}); }

  void advance(offset committed, offset served, time_point now) {
    committed_ = committed;
    const auto may_leave = [&](const entry& one) {
      return one.end <= committed && (one.end <= served || one.bound <= now);
    };
    while (!waiting_.empty() && may_leave(waiting_.front())) take()(error_code::none);
  }

  void fail(error_code why) {
    auto failed = std::exchange(waiting_, {});
    for (auto& one : failed) one.then(why);
  }

  /// When the first answer stops waiting for the brokers; what is not committed waits for that alone.
  time_point deadline() const {
    return waiting_.empty() || waiting_.front().end > committed_ ? never : waiting_.front().bound;
  }

 private:
  struct entry {
    offset end;
    time_point bound;
    action then;
  };
  /// Out of the queue before it is called: it may park another.
  action take() {
    auto then = std::move(waiting_.front().then);
    waiting_.pop_front();
    return then;
  }

  std::deque<entry> waiting_;
  offset committed_{0};
};

}  // namespace klamm::broker::meta
