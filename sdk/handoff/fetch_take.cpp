// The takers' side of the fetch queue.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <utility>

#include "base/at_end.hpp"
#include "handoff/fetch_delayed.hpp"
#include "handoff/fetch_line.hpp"
#include "handoff/fetch_queue.hpp"

namespace klamm::handoff {

// A thread that waits for its turn. Shared with the queue, which may call it after the thread gave up.
class fetch_queue::blocked_taker {
 public:
  void call() {
    {
      const std::lock_guard held(lock_);
      called_ = true;
    }
    wake_.notify_one();
  }
  void wait(duration at_most, const std::stop_token& stop) {
    std::unique_lock held(lock_);
    const auto called = [this] { return called_; };
    // Longer than a day is woken in between, which costs nothing: the caller looks again.
    wake_.wait_for(held, stop, std::min<duration>(at_most, std::chrono::hours(24)), called);
  }

 private:
  std::mutex lock_;
  std::condition_variable_any wake_;
  bool called_ = false;
};

void fetch_queue::settle() {
  for (auto* of : unsettled_) {
    of->unsettled = false;
    if (!of->leased) of->settled = of->position;
  }
  unsettled_.clear();
}

// A failure of a partition or of the membership is told at once, and again by a poll that has nothing else to hand out: neither does
// one bad partition stop the others, nor is it forgotten.
std::optional<error> fetch_queue::due_failure(bool idle) {
  if (!failures_.empty()) {
    auto first = std::move(failures_.front());
    failures_.pop_front();
    return first;
  }
  if (out_of_group_ && (idle || !out_of_group_told_)) {
    out_of_group_told_ = true;
    return out_of_group_;
  }
  for (auto* of : failing_)
    if (idle || !of->failure_told) {
      of->failure_told = true;
      return of->failure;
    }
  return std::nullopt;
}

std::shared_ptr<lease> fetch_queue::lease_out(line& of, const std::shared_ptr<record_allowance>& allowance,
                                              delayed& after) {
  of.leased_bytes = std::exchange(of.bytes, 0);
  waiting_bytes_ -= of.leased_bytes;
  leased_bytes_ += of.leased_bytes;
  after.room_freed = after.room_freed || std::exchange(of.sated, false);
  std::vector<client::fetched_run> runs(std::make_move_iterator(of.runs.begin()),
                                        std::make_move_iterator(of.runs.end()));
  of.runs.clear();
  of.leased = std::make_shared<lease>(of.at, of.epoch, of.position, std::move(runs),
                                      options_.max_decompressed, allowance);
  ++leased_lines_;
  return of.leased;
}

result<fetch_queue::leases> fetch_queue::take_locked(bool idle, delayed& after) {
  settle();
  std::ranges::move(std::exchange(when_polled_, {}), std::back_inserter(after.retries));
  if (shut_) return *shut_;
  if (auto why = due_failure(idle && ready_.empty())) {
    // This taker has its answer; what is ready is for the next.
    if (!ready_.empty()) takers_.call_one(after.retries);
    return std::move(*why);
  }
  const auto most =
      options_.max_partitions == 0 ? ready_.size() : std::min(options_.max_partitions, ready_.size());
  const auto allowance = options_.max_records == 0
                             ? nullptr
                             : std::make_shared<record_allowance>(record_allowance{options_.max_records});
  leases taken;
  std::size_t records = 0;
  while (taken.size() < most && (!allowance || records < allowance->left)) {
    auto& of = *ready_.front();
    for (const auto& run : of.runs) records += run.records;
    unlist(of);
    taken.push_back(lease_out(of, allowance, after));
  }
  if (starved_ && waiting_bytes_ <= options_.budget / 2) {
    starved_ = false;
    after.room_freed = true;
  }
  busy_since_ = never;
  set_busy();
  // The rest is for who waits behind.
  if (!ready_.empty()) takers_.call_one(after.retries);
  return taken;
}

result<fetch_queue::leases> fetch_queue::try_take(bool idle) {
  tell_what_is_due();
  for (;;) {
    delayed after;
    auto taken = [&] {
      const std::lock_guard held(lock_);
      auto got = take_locked(idle, after);
      tell_ready();
      return got;
    }();
    run(after);
    if (!taken || taken->empty()) return taken;
    // What turns out to have nothing to show goes back at once: its position has moved on, or its failure is known now. Behind the
    // first that shows something nothing is looked at yet: that would decompress a batch of each.
    const auto shows = std::ranges::find_if(*taken, [](const auto& one) { return one->current(); });
    std::for_each(taken->begin(), shows, [this](const auto& one) { give_back(*one); });
    taken->erase(taken->begin(), shows);
    if (!taken->empty()) return taken;
  }
}

result<fetch_queue::leases> fetch_queue::try_take() { return try_take(false); }

result<fetch_queue::leases> fetch_queue::take(time_point deadline, std::stop_token stop) {
  for (;;) {
    const auto now = options_.clock();
    auto taken = try_take(now >= deadline);
    if (!taken || !taken->empty()) return taken;
    if (take_wakeup() || now >= deadline || stop.stop_requested()) return leases{};
    const auto waiting = std::make_shared<blocked_taker>();
    const auto id = when_ready([waiting] { waiting->call(); });
    waiting->wait(deadline == never ? duration::max() : deadline - now, stop);
    forget(id);
  }
}

taker_id fetch_queue::when_ready(unique_function<void()> retry) {
  delayed after;
  taker_id id;
  {
    const std::lock_guard held(lock_);
    std::ranges::move(std::exchange(when_polled_, {}), std::back_inserter(after.retries));
    if (has_something())
      after.retries.push_back(std::move(retry));
    else
      id = takers_.add(std::move(retry));
    tell_ready();
  }
  run(after);
  return id;
}

void fetch_queue::when_polled(unique_function<void()> then) {
  {
    const std::lock_guard held(lock_);
    if (takers_.empty() && !shut_) {
      when_polled_.push_back(std::move(then));
      tell_ready();  // who polls when there is a reason to has one
      return;
    }
  }
  then();
}

bool fetch_queue::forget(taker_id taker) {
  const std::lock_guard held(lock_);
  return takers_.remove(taker);
}

void fetch_queue::pass_on() {
  delayed after;
  {
    const std::lock_guard held(lock_);
    if (has_something()) takers_.call_one(after.retries);
  }
  run(after);
}

void fetch_queue::wakeup() {
  delayed after;
  {
    const std::lock_guard held(lock_);
    wakeup_ = true;
    takers_.call_one(after.retries);
    tell_ready();
  }
  run(after);
}

bool fetch_queue::take_wakeup() {
  const std::lock_guard held(lock_);
  const bool came = std::exchange(wakeup_, false);
  tell_ready();
  return came;
}

void fetch_queue::give_back(lease& returned) {
  delayed after;
  {
    const std::lock_guard held(lock_);
    auto* of = find(returned.partition());
    if (!of || of->leased.get() != &returned) return;
    const auto keep = std::exchange(of->leased, nullptr);
    --leased_lines_;
    leased_bytes_ -= std::exchange(of->leased_bytes, 0);
    of->position = returned.passed();
    set_failure(*of, returned.failure());
    unsettle(*of);
    auto rest = returned.take_rest();
    for (const auto& run : rest) of->bytes += run.bytes;
    for (const auto& run : rest) waiting_bytes_ += run.bytes;
    of->runs.insert(of->runs.begin(), std::make_move_iterator(rest.begin()),
                    std::make_move_iterator(rest.end()));
    list(*of, after);
    if (of->failure) takers_.call_one(after.retries);
    set_busy();
    tell_ready();
  }
  run(after);
}

offset fetch_queue::position(const topic_partition& at) const {
  const std::lock_guard held(lock_);
  const auto* of = find(at);
  return of ? of->now().offset : offset();
}

std::optional<std::int64_t> fetch_queue::lag(const topic_partition& at, client::isolation level) const {
  const std::lock_guard held(lock_);
  const auto* of = find(at);
  if (!of) return std::nullopt;
  const auto end = level == client::isolation::read_committed ? of->last_stable : of->high_watermark;
  const auto position = of->now().offset;
  if (end.value < 0 || position.value < 0) return std::nullopt;
  return std::max<std::int64_t>(0, end - position);
}

client::sink_load fetch_queue::load() const {
  const std::lock_guard held(lock_);
  client::sink_load out{.waiting_bytes = waiting_bytes_,
                        .budget = options_.budget,
                        .leased_bytes = leased_bytes_,
                        .by_transactions = bound_,
                        .partitions = {}};
  out.partitions.reserve(lines_.size());
  for (const auto& [at, of] : lines_) {
    auto& one = out.partitions.emplace_back();
    one.at = at;
    one.position = of.now().offset;
    one.high_watermark = of.high_watermark;
    one.last_stable = of.last_stable;
    one.log_start = of.log_start;
    one.bytes = of.bytes;
    for (const auto& run : of.runs) one.records += run.records;
  }
  return out;
}

std::vector<topic_partition> fetch_queue::assignment() const {
  const std::lock_guard held(lock_);
  std::vector<topic_partition> all;
  all.reserve(lines_.size());
  for (const auto& [at, of] : lines_) all.push_back(at);
  return all;
}

std::vector<client::committed_offset> fetch_queue::positions(bool settled_only) const {
  const std::lock_guard held(lock_);
  std::vector<client::committed_offset> all;
  for (const auto& [at, of] : lines_) {
    const auto place = settled_only ? of.settled : of.now();
    if (place.offset.value >= 0) all.push_back({at, place.offset, place.leader_epoch, {}});
  }
  return all;
}

std::optional<client::position_epoch> fetch_queue::seek(const topic_partition& at, const client::place& to) {
  const std::lock_guard held(lock_);
  auto* of = find(at);
  if (!of) {
    early_seeks_[at] = {at, {}, to, {}};
    return std::nullopt;
  }
  drop(*of);
  start_life(*of, place_of(to));
  set_busy();
  tell_ready();
  return of->epoch;
}

client::position_epoch fetch_queue::start_life(line& of, passed_place from) {
  of.epoch = client::position_epoch(++last_epoch_);
  of.position = of.anchor = from;
  unsettle(of);
  return of.epoch;
}

std::optional<client::seek_command> fetch_queue::take_early_seek(const topic_partition& at) {
  const std::lock_guard held(lock_);
  auto early = early_seeks_.extract(at);
  if (early.empty() || early.mapped().epoch.value < 0) return std::nullopt;
  return std::move(early.mapped());
}

void fetch_queue::pause(const topic_partition& at) {
  const std::lock_guard held(lock_);
  auto* of = find(at);
  if (!of) return;
  of->paused = true;
  unlist(*of);
  set_busy();
  tell_ready();
}

void fetch_queue::resume(const topic_partition& at) {
  delayed after;
  {
    const std::lock_guard held(lock_);
    auto* of = find(at);
    if (!of) return;
    of->paused = false;
    list(*of, after);
    set_busy();
    tell_ready();
  }
  run(after);
}

void fetch_queue::tell(const std::vector<topic_partition>& of, unique_function<void()> call) {
  delayed after;
  {
    const std::lock_guard held(lock_);
    if (shut_) return;
    for (const auto& at : of) set_told(at, true, after);
    to_tell_.push_back(std::move(call));
    takers_.call_one(after.retries);
    set_busy();
    tell_ready();
  }
  run(after);
}

void fetch_queue::tell_over(const std::vector<topic_partition>& of) {
  delayed after;
  {
    const std::lock_guard held(lock_);
    for (const auto& at : of) set_told(at, false, after);
    set_busy();
    tell_ready();
  }
  run(after);
}

void fetch_queue::set_told(const topic_partition& at, bool told, delayed& after) {
  auto* of = find(at);
  if (!of || std::exchange(of->told_of, told) == told) return;
  told ? ++told_lines_ : --told_lines_;
  told ? unlist(*of) : list(*of, after);
}

/// Without the lock: the application may call everything there. What was passed before this poll is settled, so that it can be
/// committed before it is revoked.
void fetch_queue::tell_what_is_due() {
  for (;;) {
    unique_function<void()> call;
    {
      const std::lock_guard held(lock_);
      if (to_tell_.empty() || telling_) return;
      settle();
      call = std::move(to_tell_.front());
      to_tell_.pop_front();
      telling_ = true;
      busy_since_ = never;
      set_busy();
      tell_ready();
    }
    const at_end told([this] { end_telling(); });
    call();
  }
}

bool fetch_queue::begin_telling() {
  const std::lock_guard held(lock_);
  if (telling_) return false;
  telling_ = true;
  tell_ready();
  return true;
}

/// What came meanwhile is for who waits: takers have passed it over.
void fetch_queue::end_telling() {
  delayed after;
  {
    const std::lock_guard held(lock_);
    telling_ = false;
    if (!to_tell_.empty()) takers_.call_one(after.retries);
    tell_ready();
  }
  run(after);
}

void fetch_queue::shut(error why) {
  delayed after;
  std::deque<unique_function<void()>> untold;  // what they hold is let go of without the lock
  {
    const std::lock_guard held(lock_);
    shut_ = std::move(why);
    std::ranges::move(std::exchange(when_polled_, {}), std::back_inserter(after.retries));
    untold = std::exchange(to_tell_, {});
    for (auto& [at, of] : lines_) {
      end_lease(of);
      drop_waiting(of);
    }
    takers_.call_all(after.retries);
    set_busy();
    tell_ready();
  }
  run(after);
}

}  // namespace klamm::handoff
