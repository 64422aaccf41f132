#include "client/partition_order.hpp"

#include <algorithm>

namespace klamm::client {

using state = partition_order::entry::state;

namespace {

error with_last_failure(error why, const partition_order::entry& of) {
  if (!of.last_failure.empty() && why.message.find(of.last_failure) == std::string::npos)
    why.message.append("; at last ").append(of.last_failure);
  return why;
}

}  // namespace

bool partition_order::has_waiting() const {
  return std::ranges::any_of(entries_, [](const entry& e) { return e.at == state::waiting; });
}

std::size_t partition_order::records() const {
  std::size_t out = 0;
  for (const auto& e : entries_) out += static_cast<std::size_t>(e.records());
  return out;
}

bool partition_order::fate_unknown() const {
  return std::ranges::any_of(entries_,
                             [](const entry& e) { return e.at == state::waiting && e.perhaps_written(); });
}

void partition_order::adopt(const producer_identity& current) {
  if (current == identity_ || outstanding_ > 0) return;
  if (!entries_.empty() && !needs_new_epoch()) return;
  identity_ = current;
  next_ = sequence(0);
  broken_ = false;
  established_ = false;
  for (auto& e : entries_)
    if (e.at == state::waiting) take_sequence(e);
}

partition_order::entry* partition_order::next_to_send(int window) {
  if (held_back_ && outstanding_ > 0) return nullptr;
  held_back_ = false;
  for (int i = 0; auto& e : entries_) {
    if (i++ == narrowed(window)) break;
    if (e.at == state::waiting && (!broken_ || e.perhaps_written())) return &e;
  }
  return nullptr;
}

bool partition_order::has_room(int window) const {
  return !broken_ && !held_back_ && std::cmp_less(entries_.size(), narrowed(window)) && !has_waiting();
}

partition_order::entry& partition_order::add(batch_ptr batch) {
  auto& e = entries_.emplace_back();
  e.id = next_id_++;
  e.batch = std::move(batch);
  take_sequence(e);
  return e;
}

void partition_order::take_sequence(entry& what) {
  if (!identity_.idempotent()) return;
  what.base = next_;
  next_ = advance(next_, what.records());
}

void partition_order::sent(entry& what) {
  what.at = state::in_flight;
  ++what.attempts;
  ++outstanding_;
}

partition_order::entry* partition_order::settle(batch_id id) {
  --outstanding_;
  const auto at = std::ranges::find(entries_, id, &entry::id);
  if (at == entries_.end()) return nullptr;
  at->at = state::waiting;
  return &*at;
}

void partition_order::acknowledge(entry& what, offset base, timestamp append_time) {
  established_ = true;
  // Sequences say so: the whole was not written.
  if (identity_.idempotent() && what.part_of != 0)
    for (auto& e : entries_)
      if (&e != &what && e.part_of == what.part_of) e.part_of = 0;
  what.at = state::done;
  what.acknowledged_at = base;
  what.append_time = append_time;
  tell_done();
}

void partition_order::retry(entry& what, time_point at, bool maybe_written) {
  what.at = state::waiting;
  what.retry_at = at;
  what.maybe_written = what.maybe_written || maybe_written;
  held_back_ = true;
}

void partition_order::renumber(entry& what, time_point at) {
  retry(what, at, false);
  what.maybe_elsewhere = what.maybe_elsewhere || what.perhaps_written();
  what.maybe_written = false;
  what.part_of = 0;
  broken_ = true;
}

void partition_order::split(entry& what, std::vector<batch_ptr> children) {
  auto base = what.base;
  const auto part_of = what.part_of != 0 || !what.maybe_written ? what.part_of : what.id;
  const auto maybe_elsewhere = what.maybe_elsewhere;
  const auto place = entries_.erase(std::ranges::find(entries_, what.id, &entry::id));
  std::deque<entry> made;
  for (auto& child : children) {
    auto& e = made.emplace_back();
    e.id = next_id_++;
    e.batch = std::move(child);
    e.base = base;
    e.part_of = part_of;
    e.maybe_elsewhere = maybe_elsewhere;
    if (identity_.idempotent()) base = advance(base, e.records());
  }
  entries_.insert(place, std::move_iterator(made.begin()), std::move_iterator(made.end()));
  held_back_ = true;
}

void partition_order::fail(entry& what, const error& why) {
  auto told = why;
  told.maybe_written = what.perhaps_written() || what.maybe_elsewhere || what.at == state::in_flight;
  what.batch->failed(told);
  broken_ = broken_ || identity_.idempotent();
  erase(what);
  tell_done();
}

void partition_order::fail_parts(const entry& what, const error& why) {
  for (const auto whole = what.part_of; whole != 0;) {
    const auto part = std::ranges::find(entries_, whole, &entry::part_of);
    if (part == entries_.end()) return;
    fail(*part, why);
  }
}

void partition_order::fail_all(const error& why) {
  while (!entries_.empty()) fail(entries_.front(), why);
}

bool partition_order::expire(time_point limit, const error& why) {
  bool any = false;
  for (; !entries_.empty() && entries_.front().at != state::done && entries_.front().batch->opened() <= limit;
       any = true)
    fail(entries_.front(), with_last_failure(why, entries_.front()));
  return any;
}

time_point partition_order::oldest_opened() const {
  return entries_.empty() ? never : entries_.front().batch->opened();
}

void partition_order::tell_done() {
  while (!entries_.empty() && entries_.front().at == state::done) {
    auto& e = entries_.front();
    e.batch->acknowledged(e.acknowledged_at, e.append_time);
    entries_.pop_front();
  }
}

void partition_order::erase(entry& what) {
  const auto at = std::ranges::find(entries_, what.id, &entry::id);
  entries_.erase(at);
}

}  // namespace klamm::client
