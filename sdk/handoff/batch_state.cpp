#include "handoff/batch_state.hpp"

#include <algorithm>
#include <cassert>

namespace klamm::handoff {

void batch_state::keep(std::uint32_t index, record_callback&& done) {
  callbacks_.emplace_back(index, std::move(done));
}

bool batch_state::resolve(std::uint32_t first, std::uint32_t count, klamm::offset base,
                          timestamp log_append_time) {
  return add({first, count, base, log_append_time, nullptr});
}

bool batch_state::resolve(std::uint32_t first, std::uint32_t count, const error& why) {
  return add({first, count, {}, {}, std::make_unique<error>(why)});
}

bool batch_state::add(part p) {
  resolved_records_ += p.count;
  assert(resolved_records_ <= record_count());
  parts_.insert(std::ranges::upper_bound(parts_, p.first, {}, &part::first), std::move(p));
  if (resolved_records_ < record_count()) return false;
  {
    const std::lock_guard lock(waiting_);
    resolved_.store(true, std::memory_order_release);
    come_.notify_all();
  }
  return true;
}

bool batch_state::when_resolved(std::uint32_t index, record_callback& done) {
  const std::lock_guard lock(waiting_);
  if (resolved()) return false;
  waiters_.emplace_back(index, std::move(done));
  return true;
}

void batch_state::settle() {
  const auto change = std::int64_t{record_count()} - open_shares;
  if (shares_.fetch_add(change, std::memory_order_acq_rel) + change == 0) delete this;
}

void batch_state::release() {
  if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

record_outcome batch_state::outcome(std::uint32_t index) const {
  assert(resolved() && index < record_count());
  const auto& p = *std::prev(std::ranges::upper_bound(parts_, index, {}, &part::first));
  record_outcome out{*at_, {}, timestamps_[index], p.failure.get()};
  if (p.failure) return out;
  if (p.base.value >= 0) out.offset = p.base + (index - p.first);
  if (p.log_append_time.value >= 0) out.timestamp = p.log_append_time;
  return out;
}

std::pair<std::uint32_t, const error*> batch_state::failures() const {
  std::pair<std::uint32_t, const error*> out{0, nullptr};
  for (const auto& p : parts_) {
    if (!p.failure) continue;
    out.first += p.count;
    if (!out.second) out.second = p.failure.get();
  }
  return out;
}

void batch_state::run_callbacks() {
  for (const auto all = callbacks_.size() + waiters_.size(); called_ < all;) {
    const auto at = called_++;
    auto& next = at < callbacks_.size() ? callbacks_[at] : waiters_[at - callbacks_.size()];
    auto done = std::move(next.second);
    done(outcome(next.first));
  }
  callbacks_ = callback_list();
  waiters_ = callback_list();
  called_ = 0;
}

}  // namespace klamm::handoff
