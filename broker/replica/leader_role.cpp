#include "broker/replica/leader_role.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace klamm::broker::replica {
namespace {

std::vector<std::int32_t> numbers(const std::vector<node_id>& ids) {
  std::vector<std::int32_t> out;
  out.reserve(ids.size());
  for (const auto id : ids) out.push_back(id.value);
  return out;
}

/// The controller has surely not done it: what was before goes on.
bool surely_not_applied(error_code why) {
  return why == error_code::ineligible_replica || why == error_code::operation_not_attempted;
}

/// What the controller knows is newer than what we know: the metadata will say it.
bool waits_for_metadata(error_code why) {
  constexpr error_code outdated[] = {
      error_code::fenced_leader_epoch, error_code::invalid_update_version,     error_code::invalid_request,
      error_code::new_leader_elected,  error_code::unknown_topic_or_partition, error_code::unknown_topic_id};
  return std::find(std::begin(outdated), std::end(outdated), why) != std::end(outdated);
}

}  // namespace

leader_role::leader_role(surroundings& around, partition_ports ports, leadership led)
    : around_(around), ports_(ports), led_(std::move(led)) {
  isr_.commit(led_.isr);
  match_followers();
  for (auto& follower : followers_) follower.on_new_leader(isr_.has(follower.id), now());
  begin_epoch();
}

void leader_role::begin_epoch() {
  epoch_start_ = ports_.log.end();
  deleted_for_good_ = ports_.log.durable_start();
  if (!fires(around_.faults, "replica.forget_leader_epoch")) ports_.log.begin_epoch(led_.epoch);
}

void leader_role::match_followers() {
  std::vector<follower_progress> assigned;
  for (const auto id : led_.replicas) {
    if (id == around_.self) continue;
    const auto* const known = progress(id);
    assigned.push_back(known ? *known : follower_progress(id));
  }
  followers_ = std::move(assigned);
}

void leader_role::update(leadership led) {
  const bool new_epoch = led.epoch > led_.epoch;
  // Of two changes at once the first may have been another leader, by whom followers cut their logs: what they had is not known.
  const bool another_led =
      led.epoch > leader_epoch(led_.epoch.value + 1) && !fires(around_.faults, "replica.keep_ends");
  if (!new_epoch && led.partition_epoch < led_.partition_epoch) return;
  if (!new_epoch && led.partition_epoch == led_.partition_epoch) {
    led_.eligible = std::move(led.eligible);  // the one thing that the answer to our own proposal did not say
    return review();
  }
  led_ = std::move(led);
  isr_.commit(led_.isr);
  propose_again_at_ = never;
  match_followers();
  if (new_epoch) {
    unanswered_ = false;  // what is open is of another epoch, and comes to nothing
    begin_epoch();
    for (auto& follower : followers_)
      another_led ? follower.on_new_leader(isr_.has(follower.id), now())
                  : follower.on_new_epoch(isr_.has(follower.id), ports_.log.end(), now());
  }
  review();
}

const follower_progress* leader_role::progress(node_id id) const {
  const auto found = std::ranges::find(followers_, id, &follower_progress::id);
  return found == followers_.end() ? nullptr : &*found;
}

// Producers

int leader_role::needed() const {
  return needed_in_sync(ports_.settings->min_insync_replicas, led_.replicas.size());
}

bool leader_role::enough_in_sync() const { return static_cast<int>(isr_.committed().size()) >= needed(); }

void leader_role::answer_when_held(required_acks acks, offset end, millis timeout, produced answer,
                                   produced_handler done) {
  const bool by_all = acks == required_acks::all && !fires(around_.faults, "replica.ack_before_isr");
  const auto reached = by_all ? ports_.log.high_watermark() : ports_.log.durable_end();
  if (end <= reached) return done(std::move(answer));  // a repeat of what is held long since
  auto& queue = by_all ? waiting_.commit : waiting_.log;
  queue.add(end, after(now(), timeout), std::move(answer), std::move(done));
  set_alarm();
}

void leader_role::answer_when_deleted(offset until, millis timeout, deleted_handler done) {
  asked_to_delete_ = std::max(asked_to_delete_, until);
  waiting_.deletion.add(until, after(now(), timeout), {error_code::none, until}, std::move(done));
  release_deletions();
  set_alarm();
}

void leader_role::release_deletions() {
  if (waiting_.deletion.empty()) return;
  const auto low = low_watermark();
  deleted_for_good_ = std::max(deleted_for_good_, std::min(low, asked_to_delete_));
  waiting_.deletion.release(low);
}

std::optional<broker_standing> leader_role::standing_of(node_id broker) const {
  return around_.ports.brokers ? around_.ports.brokers->find(broker) : std::nullopt;
}

offset leader_role::low_watermark() const {
  if (fires(around_.faults, "replica.delete_before_durable")) return ports_.log.start();
  auto lowest = ports_.log.durable_start();
  for (const auto& follower : followers_) {
    const auto known = standing_of(follower.id);
    // Brokers are known before partitions are: a member that has just been fenced may be about to become eligible.
    if ((known && !known->fenced) || isr_.counts(follower.id) || contains(led_.eligible, follower.id))
      lowest = std::min(lowest, follower.log_start);
  }
  return lowest;
}

void leader_role::waiting::fail(error_code why) {
  log.fail(why);
  commit.fail(why);
  deletion.fail(why);
}

void leader_role::on_durable() {
  waiting_.log.release(ports_.log.durable_end());
  release_deletions();
  advance_high_watermark();
}

// Followers

bool leader_role::is_outdated(const follower_position& said) const {
  const auto known = standing_of(said.id);
  return known && said.broker_epoch >= 0 && said.broker_epoch < known->epoch &&
         !fires(around_.faults, "replica.skip_broker_epoch");
}

void leader_role::on_follower_fetch(const follower_position& said) {
  const auto found = std::ranges::find(followers_, said.id, &follower_progress::id);
  if (found == followers_.end()) return;
  found->on_fetch(said, ports_.log.end(), now());
  // A member had what is below the high watermark, and must not lead without. Who is no member is behind it most of the time.
  if (isr_.has(said.id) && said.next < ports_.log.high_watermark()) found->caught_up_at.reset();
  expand_isr(*found);
  review();
}

node_id leader_role::nearest(std::string_view rack, offset at) const {
  const auto in_rack = [&](node_id id) {
    const auto known = standing_of(id);
    return known && !known->fenced && known->rack == rack;
  };
  if (rack.empty() || in_rack(around_.self)) return {};
  const follower_progress* best = nullptr;
  for (const auto& one : followers_) {
    const bool has_it = isr_.has(one.id) && one.log_start <= at && at <= one.end;
    if (has_it && in_rack(one.id) && (!best || best->end < one.end)) best = &one;
  }
  return best ? best->id : node_id();
}

bool leader_role::is_throttled() const {
  return ports_.settings->throttled_leaders.has(ports_.log.identity().partition.partition);
}

bool leader_role::holds_back(node_id follower) const {
  return is_throttled() && !isr_.has(follower) && around_.quotas.leader.exceeded(now());
}

void leader_role::on_given(std::size_t bytes) {
  if (bytes > 0 && is_throttled()) around_.quotas.leader.record(bytes, now());
}

bool leader_role::caught_up(const follower_progress& follower) const {
  return follower.caught_up(ports_.log.end(), now(), around_.how.lag_time_max);
}

bool leader_role::eligible(const follower_progress& follower) const {
  const auto known = standing_of(follower.id);
  if (!known || known->fenced || known->shutting_down || !follower.broker_epoch) return false;
  return *follower.broker_epoch == -1 || *follower.broker_epoch == known->epoch ||
         fires(around_.faults, "replica.skip_broker_epoch");
}

bool leader_role::may_join(const follower_progress& follower) const {
  if (isr_.has(follower.id) || !eligible(follower)) return false;
  if (follower.log_start < deleted_for_good_) return false;  // leading, it would show what was deleted
  // Below the start of this epoch it may lack what an earlier leader had committed and we do not know to be so yet.
  const auto least = std::max(ports_.log.high_watermark(), epoch_start_);
  return follower.end >= least || fires(around_.faults, "replica.join_below_hw");
}

// The ISR

void leader_role::review() {
  waiting_.log.expire(now());
  waiting_.commit.expire(now());
  waiting_.deletion.expire(now());
  release_deletions();
  if (isr_.pending() && now() >= propose_again_at_) propose();
  shrink_isr();
  advance_high_watermark();
  if (!enough_in_sync()) waiting_.commit.fail(error_code::not_enough_replicas_after_append);
  set_alarm();
}

bool leader_role::may_propose() const {
  return around_.ports.authority && !unanswered_ && !isr_.pending() && now() >= propose_not_before_;
}

void leader_role::shrink_isr() {
  if (!may_propose()) return;
  std::vector<node_id> lagging;
  for (const auto& follower : followers_)
    if (isr_.has(follower.id) && !caught_up(follower)) lagging.push_back(follower.id);
  if (lagging.empty()) return;
  isr_.shrink(lagging);
  propose();
}

/// When it has just fetched: one that was put out for saying nothing does not come back by saying nothing.
void leader_role::expand_isr(const follower_progress& by) {
  if (!may_propose() || !may_join(by)) return;
  isr_.expand(by.id);
  propose();
}

void leader_role::propose() {
  const auto& identity = ports_.log.identity();
  isr_proposal wanted{.partition = identity.partition,
                      .topic_id = identity.topic_id,
                      .leader_epoch = led_.epoch,
                      .partition_epoch = led_.partition_epoch};
  for (const auto id : isr_.proposed()) {
    const auto* const follower = progress(id);
    const auto self = id == around_.self ? standing_of(id) : std::nullopt;
    wanted.isr.push_back({id, self ? self->epoch : follower ? follower->broker_epoch.value_or(-1) : -1});
  }
  say(log_level::info,
      fmt::format("proposes the ISR {} instead of {}", numbers(isr_.proposed()), numbers(isr_.committed())));
  unanswered_ = true;
  propose_again_at_ = never;
  around_.ports.authority->propose(std::move(wanted), life_.guard([this, in = led_.epoch](auto decided) {
    on_decided(in, std::move(decided));
  }));
}

void leader_role::on_decided(leader_epoch in, result<isr_decision> decided) {
  if (in != led_.epoch) return;
  unanswered_ = false;
  if (!isr_.pending()) return review();  // newer metadata were faster
  decided ? on_accepted(std::move(*decided)) : on_refused(decided.code());
}

void leader_role::on_accepted(isr_decision decided) {
  // Another epoch: this is no answer to what we are, the metadata will say what we are.
  if (decided.leader_epoch != led_.epoch || decided.partition_epoch < led_.partition_epoch) return;
  led_.partition_epoch = decided.partition_epoch;
  led_.recovery = decided.recovery;
  // Who left may have become eligible: the metadata of the same change will say, and its broker may be fenced by then.
  for (const auto id : led_.isr)
    if (!contains(decided.isr, id)) led_.eligible.push_back(id);
  led_.isr = decided.isr;
  isr_.commit(std::move(decided.isr));
  say(log_level::info, fmt::format("the ISR is {}", numbers(isr_.committed())));
  review();
}

void leader_role::on_refused(error_code why) {
  say(log_level::info,
      fmt::format("the controller refused the ISR {}: {}", numbers(isr_.proposed()), klamm::name(why)));
  if (waits_for_metadata(why)) return;
  const auto later = after(now(), around_.how.fetch_backoff);
  if (surely_not_applied(why)) {
    isr_.take_back();
    propose_not_before_ = later;
  } else {
    propose_again_at_ = later;
  }
  review();
}

// The high watermark

bool leader_role::holds_watermark(const follower_progress& follower) const {
  if (isr_.has(follower.id))
    return !(isr_.pending() && !contains(isr_.proposed(), follower.id) &&
             fires(around_.faults, "replica.shrink_at_once"));
  if (isr_.counts(follower.id)) return !fires(around_.faults, "replica.ignore_pending_expansion");
  return caught_up(follower) && eligible(follower);
}

void leader_role::advance_high_watermark() {
  auto& log = ports_.log;
  const auto before = log.high_watermark();
  holding_.push_back({around_.self, log.durable_end()});
  if (!fires(around_.faults, "replica.advance_hw_early")) {
    for (const auto& follower : followers_)
      if (holds_watermark(follower)) holding_.push_back({follower.id, follower.end});
  }
  const auto reached = high_watermark(before, holding_, static_cast<int>(isr_.committed().size()), needed());
  holding_.clear();
  if (reached == before) return;
  log.set_high_watermark(reached);
  waiting_.commit.release(reached);
  ports_.listener.on_high_watermark(reached);
}

// Time

time_point leader_role::next_lag() const {
  auto first = never;
  for (const auto& follower : followers_) {
    if (follower.end >= ports_.log.end()) continue;
    const auto lags_at =
        follower.caught_up_at ? after(*follower.caught_up_at, around_.how.lag_time_max) : now();
    if (isr_.has(follower.id)) {
      if (!isr_.pending() && !unanswered_ && around_.ports.authority)
        first = std::min(first, std::max(lags_at, propose_not_before_));
    } else if (lags_at > now()) {
      first = std::min(first, lags_at);  // it holds the high watermark up to then at the most
    }
  }
  return first;
}

void leader_role::set_alarm() {
  ports_.alarm.ring_by(std::min({next_lag(), propose_again_at_, waiting_.log.deadline(),
                                 waiting_.commit.deadline(), waiting_.deletion.deadline()}));
}

}  // namespace klamm::broker::replica
