#include "link/frame_memory.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace klamm::link {

frame_memory::holder::holder(frame_memory& in, connection_id who) : in_(in), order_(in.begun_++) {
  in_.frames_.emplace(order_, arriving{who});
}

frame_memory::holder::~holder() {
  const auto mine = in_.frames_.find(order_);
  in_.held_ -= mine->second.bytes;
  in_.frames_.erase(mine);
  in_.waiting_.erase(order_);
}

void frame_memory::holder::hold(std::size_t bytes, time_point now) {
  auto& mine = in_.frames_.at(order_);
  const bool was_full = in_.full();
  in_.held_ += bytes - std::exchange(mine.bytes, bytes);
  if (in_.full() && !was_full) in_.full_since_ = now;
}

bool frame_memory::holder::may_read() const { return !in_.full() || in_.frames_.begin()->first == order_; }

void frame_memory::holder::wait() { in_.waiting_.insert(order_); }

std::vector<connection_id> frame_memory::take_readable() {
  std::vector<connection_id> out;
  while (!waiting_.empty() && (!full() || *waiting_.begin() == frames_.begin()->first)) {
    out.push_back(frames_.at(*waiting_.begin()).who);
    waiting_.erase(waiting_.begin());
  }
  return out;
}

std::vector<connection_id> frame_memory::take_too_large(time_point now) {
  std::vector<connection_id> out;
  if (now < deadline()) return out;
  std::vector<arriving> largest;
  largest.reserve(frames_.size());
  for (const auto& [order, one] : frames_) largest.push_back(one);
  std::ranges::stable_sort(largest, std::ranges::greater(), &arriving::bytes);
  auto left = held_;
  for (const auto& one : largest) {
    if (left <= limit_ - limit_ / 8) break;
    out.push_back(one.who);
    left -= one.bytes;
  }
  return out;
}

}  // namespace klamm::link
