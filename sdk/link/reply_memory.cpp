#include "link/reply_memory.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace klamm::link {

void reply_memory::begin_period(time_point now) {
  ++period_;
  period_began_ = now;
}

void reply_memory::hold(std::size_t bytes, time_point now) {
  const bool was_full = full();
  held_ += bytes;
  if (full() && !was_full) begin_period(now);
}

reply_memory::holder::holder(reply_memory& in, connection_id who) : in_(in), who_(who) {
  in_.holders_.emplace(who, this);
}

reply_memory::holder::~holder() {
  in_.held_ -= bytes_;
  in_.holders_.erase(who_);
}

void reply_memory::holder::add(std::size_t bytes, time_point now) {
  if (bytes_ == 0) since_ = now;
  bytes_ += bytes;
  in_.hold(bytes, now);
}

void reply_memory::holder::take(std::size_t bytes) {
  if (std::exchange(period_, in_.period_) != in_.period_) taken_ = 0;
  taken_ += bytes;
  bytes_ -= bytes;
  in_.held_ -= bytes;
}

std::size_t reply_memory::holder::periods() const {
  const auto taken = period_ == in_.period_ ? taken_ : 0;
  return bytes_ / std::max<std::size_t>(taken, 1);
}

std::size_t reply_memory::share::extend(std::size_t wanted, time_point now) {
  const auto most = of_ == reader::replica ? in_.limit_ : in_.limit_ - in_.limit_ / 4;
  const auto left = most - std::min(most, in_.held_);
  const auto granted = std::min(wanted, left / 4);
  bytes_ += granted;
  in_.hold(granted, now);
  return granted;
}

void reply_memory::share::set(std::size_t bytes, time_point now) {
  if (bytes > bytes_)
    in_.hold(bytes - bytes_, now);
  else
    in_.held_ -= bytes_ - bytes;
  bytes_ = bytes;
}

std::vector<connection_id> reply_memory::take_slow(time_point now) {
  std::vector<connection_id> out;
  if (now < deadline()) return out;
  std::vector<const holder*> slow;
  for (const auto& [who, one] : holders_)
    if (now - one->since_ >= patience && one->periods() > most_periods) slow.push_back(one);
  std::ranges::stable_sort(slow, std::ranges::greater(), &holder::periods);
  auto left = held_;
  for (const auto* const one : slow) {
    if (left <= limit_ / 4) break;
    out.push_back(one->who_);
    left -= one->bytes_;
  }
  begin_period(now);
  return out;
}

}  // namespace klamm::link
