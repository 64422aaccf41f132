// Produce answers that wait for their records to be held by whoever has to hold them.
//
//   event             what is answered
//   ---------------   ------------------------------------------------------------------------
//   release(reached)  what ends at or below it, in the order of offsets
//   expire(now)       REQUEST_TIMED_OUT where the producer does not want to wait any more
//   fail(why)         everything
#pragma once

#include <cstdint>
#include <deque>
#include <string>

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

class waiting_produces {
 public:
  void add(offset end, time_point expires, produced answer, produced_handler done);
  void release(offset reached);
  void expire(time_point now);
  void fail(error_code why);
  /// Not later than the first that expires; earlier where that one was answered.
  time_point deadline() const { return earliest_; }

 private:
  struct waiting {
    offset end;
    time_point expires;
    produced answer;
    produced_handler done;
  };
  static void refuse(std::deque<waiting> these, error_code why);

  std::deque<waiting> queue_;  // by `end`
  time_point earliest_ = never;
};

}  // namespace klamm::broker::replica
