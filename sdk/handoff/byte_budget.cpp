#include "handoff/byte_budget.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::handoff {

bool byte_budget::take_if_there(std::size_t bytes) {
  const auto wanted = static_cast<std::int64_t>(bytes);
  auto left = left_.load();
  while (left >= wanted)
    if (left_.compare_exchange_weak(left, left - wanted)) return true;
  return false;
}

bool byte_budget::try_take(std::size_t bytes) { return waiting_ == 0 && take_if_there(bytes); }

// A waiter counts itself before it looks at what is left, and who gives back adds before it looks at the count: one of the
// two sees the other.
result<void> byte_budget::take(std::size_t bytes, duration patience) {
  if (try_take(bytes)) return {};
  if (bytes > limit_)
    return error(error_code::buffer_full,
                 fmt::format("{} bytes are more than buffer_memory, {} bytes", bytes, limit_));
  std::unique_lock lock(mutex_);
  if (shut_) return *shut_;
  waiter self{.bytes = bytes, .granted = false, .ready = {}};
  const auto place = queue_.insert(queue_.end(), &self);
  ++waiting_;
  serve();
  if (on_wait_ && !self.granted) {
    lock.unlock();
    on_wait_();
    lock.lock();
  }
  const auto done = [&] { return self.granted || shut_; };
  if (patience == duration::max())
    self.ready.wait(lock, done);
  else
    self.ready.wait_for(lock, patience, done);
  if (self.granted) return {};
  queue_.erase(place);
  --waiting_;
  serve();  // who stood behind a larger request may go on now
  if (shut_) return *shut_;
  return error(error_code::buffer_full,
               fmt::format("{} bytes did not become free within {} ms: buffer_memory, {} bytes, is used up",
                           bytes, std::chrono::duration_cast<millis>(patience).count(), limit_));
}

void byte_budget::give_back(std::size_t bytes) {
  left_ += static_cast<std::int64_t>(bytes);
  if (waiting_ == 0) return;
  const std::lock_guard lock(mutex_);
  serve();
}

void byte_budget::serve() {
  while (!queue_.empty() && take_if_there(queue_.front()->bytes)) {
    auto& first = *queue_.front();
    queue_.pop_front();
    --waiting_;
    first.granted = true;
    first.ready.notify_one();
  }
}

void byte_budget::shut(const error& why) {
  const std::lock_guard lock(mutex_);
  shut_ = why;
  for (auto* waiting : queue_) waiting->ready.notify_one();
}

}  // namespace klamm::handoff
