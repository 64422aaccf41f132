#include "broker/replica/waiting_produces.hpp"

#include <algorithm>
#include <utility>

namespace klamm::broker::replica {

void waiting_produces::add(offset end, time_point expires, produced answer, produced_handler done) {
  // A repeat ends below what waits already: it may leave with the first that is as far.
  const auto place = std::upper_bound(queue_.begin(), queue_.end(), end,
                                      [](offset o, const waiting& w) { return o < w.end; });
  queue_.insert(place, {end, expires, std::move(answer), std::move(done)});
  earliest_ = std::min(earliest_, expires);
}

void waiting_produces::release(offset reached) {
  while (!queue_.empty() && queue_.front().end <= reached) {
    auto ready = std::move(queue_.front());
    queue_.pop_front();
    ready.done(std::move(ready.answer));
  }
}

void waiting_produces::expire(time_point now) {
  if (now < earliest_) return;
  const auto late =
      std::stable_partition(queue_.begin(), queue_.end(), [&](const waiting& w) { return w.expires > now; });
  std::deque<waiting> expired(std::make_move_iterator(late), std::make_move_iterator(queue_.end()));
  queue_.erase(late, queue_.end());
  earliest_ = never;
  for (const auto& one : queue_) earliest_ = std::min(earliest_, one.expires);
  refuse(std::move(expired), error_code::request_timed_out);
}

void waiting_produces::fail(error_code why) {
  earliest_ = never;
  refuse(std::exchange(queue_, {}), why);
}

void waiting_produces::refuse(std::deque<waiting> these, error_code why) {
  for (auto& one : these) {
    one.answer.failure = why;
    one.done(std::move(one.answer));
  }
}

}  // namespace klamm::broker::replica
