// The fetch queue of a consumer whose positions transactions commit.
#include "handoff/fetch_line.hpp"
#include "handoff/fetch_queue.hpp"

namespace klamm::handoff {

std::vector<client::committed_offset> fetch_queue::settled() const {
  return bound() ? std::vector<client::committed_offset>() : positions(true);
}

void fetch_queue::bind() {
  const std::lock_guard held(lock_);
  if (std::exchange(bound_, true)) return;
  for (auto& [at, of] : lines_)
    if (of.settled.offset.value >= 0) of.anchor = of.settled;
}

bool fetch_queue::bound() const {
  const std::lock_guard held(lock_);
  return bound_;
}

bool fetch_queue::torn() const {
  const std::lock_guard held(lock_);
  return torn_;
}

std::optional<std::vector<client::committed_offset>> fetch_queue::uncommitted() {
  const std::lock_guard held(lock_);
  if (torn_) return std::nullopt;
  std::vector<client::committed_offset> all;
  for (auto& [at, of] : lines_) {
    const auto place = of.now();
    if (place.offset.value < 0 || place.offset == of.anchor.offset) continue;
    of.asked = place;
    all.push_back({at, place.offset, place.leader_epoch, {}});
  }
  return all;
}

// Not of a line that a seek has moved since, or that has been taken away and given back.
void fetch_queue::committed(const std::vector<client::committed_offset>& places) {
  const std::lock_guard held(lock_);
  for (const auto& place : places)
    if (auto* of = find(place.at); of && place.next > of->anchor.offset && place.next <= of->now().offset)
      of->anchor = {place.next, place.leader_epoch};
}

std::vector<client::seek_command> fetch_queue::rewind() {
  const std::lock_guard held(lock_);
  torn_ = false;
  std::vector<client::seek_command> all;
  for (auto& [at, of] : lines_) {
    if (of.anchor.offset.value < 0 || of.now().offset == of.anchor.offset) continue;
    const auto back = of.anchor;
    drop(of);
    start_life(of, back);
    of.asked = {};
    all.push_back({at, of.epoch, back.offset, back.leader_epoch});
  }
  set_busy();
  tell_ready();
  return all;
}

}  // namespace klamm::handoff
