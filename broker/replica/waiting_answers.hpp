// Answers that wait for the other replicas: until they hold what was produced, or have deleted what is deleted.
//
//   event             what is answered
//   ---------------   ------------------------------------------------------------------------
//   release(reached)  what waits for it or less, in the order of offsets
//   expire(now)       REQUEST_TIMED_OUT where the asker does not want to wait any more
//   fail(why)         everything
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"

namespace klamm::broker::replica {

struct produced {
  error_code failure = error_code::none;
  std::string message;
  offset base;
  timestamp append_time;  // of a topic with LogAppendTime
  offset log_start;
};
using produced_handler = unique_function<void(produced)>;

struct deleted {
  error_code failure = error_code::none;
  offset low_watermark;  // where the log starts on every replica
};
using deleted_handler = unique_function<void(deleted)>;

template <class Answer>
class waiting_answers {
 public:
  using handler = unique_function<void(Answer)>;

  void add(offset until, time_point expires, Answer answer, handler done) {
    // A repeat waits for less than what waits already: it may leave with the first that is as far.
    const auto place = std::upper_bound(queue_.begin(), queue_.end(), until,
                                        [](offset o, const waiting& w) { return o < w.until; });
    queue_.insert(place, {until, expires, std::move(answer), std::move(done)});
    earliest_ = std::min(earliest_, expires);
  }

  void release(offset reached) {
    while (!queue_.empty() && queue_.front().until <= reached) {
      auto ready = std::move(queue_.front());
      queue_.pop_front();
      ready.done(std::move(ready.answer));
    }
  }

  void expire(time_point now) {
    if (now < earliest_) return;
    const auto late = std::stable_partition(queue_.begin(), queue_.end(),
                                            [&](const waiting& w) { return w.expires > now; });
    std::deque<waiting> expired(std::make_move_iterator(late), std::make_move_iterator(queue_.end()));
    queue_.erase(late, queue_.end());
    earliest_ = never;
    for (const auto& one : queue_) earliest_ = std::min(earliest_, one.expires);
    refuse(std::move(expired), error_code::request_timed_out);
  }

  void fail(error_code why) {
    earliest_ = never;
    refuse(std::exchange(queue_, {}), why);
  }

  bool empty() const { return queue_.empty(); }
  /// Not later than the first that expires; earlier where that one was answered.
  time_point deadline() const { return earliest_; }

 private:
  struct waiting {
    offset until;
    time_point expires;
    Answer answer;
    handler done;
  };

  static void refuse(std::deque<waiting> these, error_code why) {
    for (auto& one : these) {
      one.answer.failure = why;
      one.done(std::move(one.answer));
    }
  }

  std::deque<waiting> queue_;  // by `until`
  time_point earliest_ = never;
};

}  // namespace klamm::broker::replica
