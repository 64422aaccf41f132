// The machine's side of the fetch queue, and what both sides share.
#include "handoff/fetch_queue.hpp"

#include <algorithm>
#include <utility>

#include "handoff/fetch_delayed.hpp"
#include "handoff/fetch_line.hpp"

namespace klamm::handoff {

fetch_queue::fetch_queue(fetch_queue_options options, fetch_queue_hooks hooks)
    : options_(std::move(options)), hooks_(std::move(hooks)) {}
fetch_queue::~fetch_queue() = default;

std::size_t fetch_queue::room() const {
  const std::lock_guard held(lock_);
  const auto left = options_.budget - std::min(options_.budget, waiting_bytes_);
  if (left < options_.budget / 2) starved_ = true;
  return left;
}

std::vector<const topic_partition*> fetch_queue::hungry() const {
  std::vector<const topic_partition*> out;
  const std::lock_guard held(lock_);
  out.reserve(lines_.size());
  const auto fair_share = std::max<std::size_t>(1, options_.budget / std::max<std::size_t>(1, lines_.size()));
  for (const auto& [at, of] : lines_) {
    if (of.failure) continue;
    of.sated = of.bytes >= fair_share;
    if (!of.sated) out.push_back(&at);
  }
  return out;
}

client::position_epoch fetch_queue::assigned(const topic_partition& at) {
  unassigned(at);
  const std::lock_guard held(lock_);
  auto& of = lines_[at];
  of.at = at;
  const auto first = of.epoch = client::position_epoch(++last_epoch_);
  if (const auto early = early_seeks_.find(at); early != early_seeks_.end())
    early->second.epoch = start_life(of, place_of(early->second.to));
  return first;
}

void fetch_queue::unassigned(const topic_partition& at) {
  const std::lock_guard held(lock_);
  auto* of = find(at);
  if (!of) return;
  const auto passed = of->now().offset;
  torn_ = torn_ || (bound_ && passed != of->anchor.offset && passed != of->asked.offset);
  drop(*of);
  if (of->told_of) --told_lines_;
  std::erase(unsettled_, of);
  lines_.erase(at);
  set_busy();
  tell_ready();
}

void fetch_queue::positioned(const topic_partition& at, client::position_epoch epoch, offset start,
                             leader_epoch leader) {
  const std::lock_guard held(lock_);
  auto* of = find(at, epoch);
  if (!of) return;
  of->position = of->anchor = {start, leader};
  unsettle(*of);
}

std::optional<client::fetch_start> fetch_queue::truncated(const topic_partition& at,
                                                          client::position_epoch epoch, offset end,
                                                          leader_epoch leader) {
  const std::lock_guard held(lock_);
  auto* of = find(at, epoch);
  if (!of) return std::nullopt;
  auto from = of->now();
  if (from.offset > end) from = {end, leader};
  from.leader_epoch = std::min(from.leader_epoch, leader);
  drop(*of);
  const auto anchor = of->anchor;
  start_life(*of, from);
  if (anchor.offset < from.offset) of->anchor = anchor;
  if (of->settled.offset > from.offset) of->settled = from;
  set_busy();
  tell_ready();
  return client::fetch_start{of->epoch, from.offset, from.leader_epoch};
}

void fetch_queue::deliver(client::fetched_run run) {
  delayed after;
  {
    const std::lock_guard held(lock_);
    auto* of = find(run.at, run.epoch);
    if (!of) return;
    of->high_watermark = run.high_watermark;
    of->last_stable = run.last_stable_offset;
    of->log_start = run.log_start;
    if (run.batches.empty() && of->runs.empty() && !of->leased) {
      // Nothing to show and nothing before it: the position moves by itself.
      of->position = {run.next, run.leader_epoch};
      unsettle(*of);
      return;
    }
    of->bytes += run.bytes;
    waiting_bytes_ += run.bytes;
    of->runs.push_back(std::move(run));
    list(*of, after);
    set_busy();
    tell_ready();
  }
  this->run(after);
}

void fetch_queue::watermarks(const topic_partition& at, offset high_watermark, offset last_stable,
                             offset log_start) {
  const std::lock_guard held(lock_);
  if (auto* of = find(at)) {
    of->high_watermark = high_watermark;
    of->last_stable = last_stable;
    of->log_start = log_start;
  }
}

void fetch_queue::failed(const std::optional<topic_partition>& at, client::position_epoch epoch,
                         const error& why) {
  delayed after;
  {
    const std::lock_guard held(lock_);
    if (!at) {
      failures_.push_back(why);
    } else if (auto* of = find(*at, epoch)) {
      set_failure(*of, why);
      unlist(*of);
    } else {
      return;
    }
    takers_.call_one(after.retries);
    tell_ready();
  }
  run(after);
}

void fetch_queue::out_of_group(const std::optional<error>& why) {
  delayed after;
  {
    const std::lock_guard held(lock_);
    out_of_group_ = why;
    out_of_group_told_ = false;
    if (why) takers_.call_one(after.retries);
    tell_ready();
  }
  run(after);
}

void fetch_queue::rebalance(const client::rebalance_event& event) {
  if (hooks_.rebalance) hooks_.rebalance(event);
}

void fetch_queue::withdraw_rebalance() {
  std::deque<unique_function<void()>> withdrawn;  // what they hold is let go of without the lock
  const std::lock_guard held(lock_);
  withdrawn = std::exchange(to_tell_, {});
  set_busy();
  tell_ready();
}

time_point fetch_queue::waiting_since() const {
  const std::lock_guard held(lock_);
  return busy_since_;
}

fetch_queue::line* fetch_queue::find(const topic_partition& at) {
  const auto found = lines_.find(at);
  return found == lines_.end() ? nullptr : &found->second;
}
const fetch_queue::line* fetch_queue::find(const topic_partition& at) const {
  return const_cast<fetch_queue*>(this)->find(at);
}
fetch_queue::line* fetch_queue::find(const topic_partition& at, client::position_epoch epoch) {
  auto* of = find(at);
  return of && of->epoch == epoch ? of : nullptr;
}

void fetch_queue::list(line& of, delayed& after) {
  if (of.listed || !of.takeable()) return;
  of.listed = true;
  ready_.push_back(&of);
  takers_.call_one(after.retries);
}

void fetch_queue::unlist(line& of) {
  if (std::exchange(of.listed, false)) std::erase(ready_, &of);
}

void fetch_queue::unsettle(line& of) {
  if (!std::exchange(of.unsettled, true)) unsettled_.push_back(&of);
}

void fetch_queue::drop_waiting(line& of) {
  waiting_bytes_ -= std::exchange(of.bytes, 0);
  of.runs.clear();
  unlist(of);
}

/// Nothing of the life so far is handed out any more.
void fetch_queue::drop(line& of) {
  end_lease(of);
  drop_waiting(of);
  set_failure(of, std::nullopt);
}

void fetch_queue::set_failure(line& of, std::optional<error> why) {
  if (of.failure) std::erase(failing_, &of);
  if (why) failing_.push_back(&of);
  of.failure = std::move(why);
  of.failure_told = false;
}

void fetch_queue::end_lease(line& of) {
  if (!of.leased) return;
  of.leased->end();
  of.leased.reset();
  --leased_lines_;
  leased_bytes_ -= std::exchange(of.leased_bytes, 0);
}

// max_poll_interval runs while something waits or is held, from the moment that this began or a poll last came.
void fetch_queue::set_busy() {
  const bool busy = leased_lines_ > 0 || !ready_.empty() || !to_tell_.empty() || told_lines_ > 0;
  if (!busy) {
    busy_since_ = never;
  } else if (busy_since_ == never) {
    busy_since_ = options_.clock();
  }
}

bool fetch_queue::has_something() const {
  const auto untold = [](const line* of) { return !of->failure_told; };
  return wakeup_ || shut_ || (!to_tell_.empty() && !telling_) || !ready_.empty() || !failures_.empty() ||
         (out_of_group_ && !out_of_group_told_) || std::ranges::any_of(failing_, untold);
}

void fetch_queue::tell_ready() {
  if (!hooks_.ready) return;
  if (const bool now = has_something() || !when_polled_.empty(); now != std::exchange(told_ready_, now))
    hooks_.ready(now);
}

void fetch_queue::run(delayed& after) const {
  for (auto& retry : after.retries) retry();
  if (after.room_freed && hooks_.room_freed) hooks_.room_freed();
}

}  // namespace klamm::handoff
