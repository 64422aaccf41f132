#include "broker/replica/follower_role.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broker/replica/fetcher.hpp"
#include "broker/replica/isr.hpp"
#include "wire/batch_reader.hpp"

namespace klamm::broker::replica {

follower_role::follower_role(surroundings& around, partition_ports ports, leadership led)
    : around_(around), ports_(ports), led_(std::move(led)) {
  start();
}

follower_role::~follower_role() {
  if (around_.followers) around_.followers->leave(*this);
}

void follower_role::update(leadership led) {
  const bool new_epoch = led.epoch > led_.epoch;
  if (new_epoch && around_.followers) around_.followers->leave(*this);
  led_ = std::move(led);
  if (!new_epoch) return;
  life_ = lifetime();  // answers of the old epoch say nothing any more
  start();
}

void follower_role::start() {
  leader_watermark_.reset();
  if (led_.leader.value < 0 || !around_.followers) return enter(state::awaiting_leader);
  around_.followers->follow(*this);
  if (fires(around_.faults, "replica.truncate_by_hw")) return truncate_to(ports_.log.high_watermark());
  settle();
}

void follower_role::enter(state next) {
  const bool held_up = holds_fetch_up();
  state_ = next;
  if (around_.followers) around_.followers->changed(*this, held_up);
}

/// On from where the log is, once that is safe to say.
void follower_role::settle() {
  const bool safe =
      ports_.log.durable_end() >= ports_.log.end() || fires(around_.faults, "replica.fetch_unflushed");
  enter(safe ? state::fetching : state::flushing);
}

void follower_role::on_durable() {
  if (state_ == state::flushing) settle();
}

void follower_role::back_off(std::string_view because) {
  const auto pause = pause_.next(around_.how.fetch_backoff);
  say(log_level::info, fmt::format("fetches again in {} ms: {}", pause.count(), because));
  retry_at_ = after(around_.clock.steady, pause);
  ports_.alarm.ring_by(retry_at_);
  enter(state::backing_off);
}

void follower_role::tick() {
  if (state_ != state::backing_off) return;
  if (around_.clock.steady < retry_at_) return ports_.alarm.ring_by(retry_at_);
  settle();
}

fetch_position follower_role::position() const {
  const auto& log = ports_.log;
  const auto last = fires(around_.faults, "replica.hide_epoch") ? leader_epoch() : log.latest_epoch();
  return {led_.epoch, last, log.end(), log.durable_start(), log.high_watermark()};
}

bool follower_role::is_throttled() const {
  return ports_.settings->throttled_followers.has(identity().partition.partition);
}

time_point follower_role::may_take_at() const {
  const bool lacks_nothing = leader_watermark_ && *leader_watermark_ <= ports_.log.end();
  const auto now = around_.clock.steady;
  return is_throttled() && !lacks_nothing ? around_.quotas.follower.free_at(now) : now;
}

void follower_role::on_fetched(const answer& said, const fetch_position& asked) {
  if (!wants_fetch() || asked.current != led_.epoch || asked.next != ports_.log.end()) return;
  switch (said.error_code) {
    case error_code::none: break;
    case error_code::offset_out_of_range: return ask_range();
    case error_code::fenced_leader_epoch:
      return enter(state::awaiting_leader);  // metadata of a newer epoch are on their way
    default: return back_off(klamm::name(said.error_code));
  }
  if (said.diverging_epoch.epoch.value < 0) return take(said);
  const log::epoch_end leaders{said.diverging_epoch.epoch, said.diverging_epoch.end_offset};
  truncate_to(truncation_point(leaders, ports_.log.end_for_epoch(leaders.epoch), ports_.log.end()));
}

// Copying

void follower_role::take(const answer& said) {
  const auto batches = said.records ? said.records->joined() : buffer_slice();
  leader_watermark_ = said.high_watermark;
  if (!batches.empty()) {
    if (is_throttled()) around_.quotas.follower.record(batches.size(), around_.clock.steady);
    if (begins_inside(batches, said.log_start_offset)) {
      auto again = said;
      again.records = wire::records_field(byte_chain(batches));  // keeps the frame
      return restart_at(ports_.log.end(), wire::batch_view(batches).base_offset(),
                        [this, again = std::move(again)] { take(again); });
    }
    if (const auto taken = ports_.log.append_as_follower(batches.view(), led_.epoch, around_.clock); !taken) {
      say(log_level::warning, taken.failure().message);
      return back_off(klamm::name(taken.code()));
    }
  }
  pause_.reset();
  follow(said.high_watermark, said.log_start_offset);
  settle();
}

/// Whether our end lies in the middle of the leader's first batch, as after DeleteRecords there, and we have nothing that the leader
/// still has: the log is empty, or of records that are deleted. Those may be of an epoch that went with them, so that nobody can
/// tell any more whether they part from the leader's.
bool follower_role::begins_inside(const buffer_slice& batches, offset leader_start) const {
  const auto& log = ports_.log;
  if (log.start() != log.end() && leader_start < log.end()) return false;
  wire::batch_reader reader(batches);
  wire::batch_view first;
  return reader.next(first) == wire::batch_reader::step::batch && !first.legacy() &&
         first.base_offset() < log.takes_from() && first.next_offset() > log.end();
}

void follower_role::follow(offset leader_watermark, offset leader_start) {
  auto& log = ports_.log;
  const auto before = log.high_watermark();
  log.set_high_watermark(leader_watermark);  // no further than the log goes
  if (log.high_watermark() != before) ports_.listener.on_high_watermark(log.high_watermark());
  const auto start = std::min(leader_start, log.high_watermark());
  if (start <= log.start()) return;
  if (const auto moved = log.advance_start(start); !moved) say(log_level::warning, moved.failure().message);
}

// Cutting

void follower_role::truncate_to(offset to) {
  auto& log = ports_.log;
  const bool committed = to < log.high_watermark();
  if (to < log.end() || committed)
    say(committed ? log_level::warning : log_level::info,
        fmt::format("cuts its log at offset {}: it parts from the leader's there. Its end is {}, its high "
                    "watermark {}",
                    to.value, log.end().value, log.high_watermark().value));
  enter(state::truncating);
  log.truncate_to(to, when_cut(nullptr));
}

void follower_role::restart_at(offset start, offset base, unique_function<void()> then) {
  say(log_level::info,
      fmt::format("begins anew at offset {}: the leader has nothing of what it has", start.value));
  enter(state::truncating);
  ports_.log.restart_at(start, base, when_cut(std::move(then)));
}

/// The log is not ours alone: what came for the partition meanwhile waits until it takes appends again, even if this role's
/// epoch is over by then.
log::done_handler follower_role::when_cut(unique_function<void()> then) {
  return life_.guard([this, then = std::move(then)](result<void> cut) mutable {
    if (!cut) return enter(state::awaiting_leader);  // the log is lost, or about to be closed
    settle();
    if (then) then();
    ports_.listener.on_log_settled();
  });
}

void follower_role::ask_range() {
  enter(state::asking_range);
  around_.ports.links->range(led_.leader, {identity().partition, identity().topic_id, led_.epoch},
                             life_.guard([this](result<leader_range> leaders) {
                               if (!leaders) return back_off(klamm::name(leaders.code()));
                               on_range(*leaders);
                             }));
}

void follower_role::on_range(const leader_range& leaders) {
  const auto end = ports_.log.end();
  if (leaders.end < end) return truncate_to(leaders.end);
  if (leaders.start > end) return restart_at(leaders.start, leaders.start, nullptr);
  back_off("the leader has this offset now");
}

}  // namespace klamm::broker::replica
