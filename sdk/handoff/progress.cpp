#include "handoff/progress.hpp"

#include <utility>

namespace klamm::handoff {

std::uint64_t progress::opened() {
  const std::lock_guard lock(mutex_);
  done_.push_back(false);
  return next_++;
}

void progress::resolved(std::uint64_t serial, std::size_t records, std::size_t failed, const error* why,
                        const std::shared_ptr<const topic_partition>& at) {
  std::list<waiter> arrived;
  {
    const std::lock_guard lock(mutex_);
    resolved_records_ += records;
    failed_records_ += failed;
    since_.failed += failed;
    if (why && !since_.first_error) {
      since_.first_error = *why;
      since_.first_at = at;
    }
    done_[serial - first_unresolved_] = true;
    for (; !done_.empty() && done_.front(); ++first_unresolved_) done_.pop_front();
    for (auto at = waiters_.begin(); at != waiters_.end();) {
      const auto here = at++;
      if (reached(here->serial)) arrived.splice(arrived.end(), waiters_, here);
    }
    moved_.notify_all();
  }
  for (auto& waiting : arrived) waiting.done();
}

std::uint64_t progress::last() const {
  const std::lock_guard lock(mutex_);
  return next_ - 1;
}

std::uint64_t progress::resolved_records() const {
  const std::lock_guard lock(mutex_);
  return resolved_records_;
}

std::uint64_t progress::failed_records() const {
  const std::lock_guard lock(mutex_);
  return failed_records_;
}

bool progress::wait(std::uint64_t serial, duration patience) {
  std::unique_lock lock(mutex_);
  const auto arrived = [&] { return reached(serial); };
  if (patience != duration::max()) return moved_.wait_for(lock, patience, arrived);
  moved_.wait(lock, arrived);
  return true;
}

void progress::then(std::uint64_t serial, unique_function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    if (!reached(serial)) {
      waiters_.push_back({serial, std::move(done)});
      return;
    }
  }
  done();
}

flush_report progress::report() {
  const std::lock_guard lock(mutex_);
  return take_report();
}

flush_report progress::take_report() { return std::exchange(since_, {}); }

}  // namespace klamm::handoff
