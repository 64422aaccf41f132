#include "broker/replica/partition.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "wire/produced_batch.hpp"

namespace klamm::broker::replica {
namespace {

/// `at - d` and `at + d` in milliseconds, without leaving the axis.
timestamp earliest_allowed(timestamp at, millis d) {
  return timestamp(d.count() > at.value ? 0 : at.value - d.count());
}
timestamp latest_allowed(timestamp at, millis d) {
  return timestamp(d.count() > INT64_MAX - at.value ? INT64_MAX : at.value + d.count());
}

wire::produce_rules rules_of(const partition_settings& settings, const produce_how& how, timestamp now) {
  return {.max_batch_size = settings.max_message_bytes,
          .max_plain_size = settings.max_decompressed_bytes,
          .zstd_allowed = how.zstd_allowed,
          .keys_needed = settings.compacted,
          .log_append_time = settings.log_append_time,
          .earliest = earliest_allowed(now, settings.timestamp_before_max),
          .latest = latest_allowed(now, settings.timestamp_after_max)};
}

/// Of a batch as the log is to have it: another codec may have made it larger than it came.
result<void> check_size(std::size_t size, const partition_settings& settings) {
  if (size > settings.max_message_bytes)
    return error(error_code::message_too_large,
                 fmt::format("{} bytes as this topic compresses them (compression.type), it allows {} "
                             "(max.message.bytes)",
                             size, settings.max_message_bytes));
  if (const auto most = static_cast<std::size_t>(settings.log.segment_bytes); size > most)
    return error(error_code::record_list_too_large,
                 fmt::format("{} bytes, and a segment has {} at most (segment.bytes)", size, most));
  return {};
}

/// A client's batch may be transactional only in a transaction that its coordinator knows of, and none is known here: what
/// was let in would hold back the last stable offset for ever.
result<void> check_transaction(const wire::batch_header& header, const produce_how& how) {
  if (!header.attributes.transactional()) return {};
  if (!how.transactional)
    return error(error_code::transactional_id_authorization_failed,
                 "the batch is transactional, the request has no transactional id");
  return error(error_code::invalid_txn_state,
               "the batch is transactional, and this broker coordinates no transactions");
}

}  // namespace

partition::partition(log::partition_log& log, surroundings& around, settings_ptr settings)
    : log_(log), around_(around), settings_(std::move(settings)), alarm_(around) {}

partition::~partition() { resign(); }

void partition::configure(settings_ptr settings) {
  settings_ = std::move(settings);
  log_.set_options(settings_->log);
  if (auto* const leading = as_leader()) leading->review();
}

// Roles

void partition::lead(const leadership& now_led) {
  if (lost_ || now_led.epoch < epoch_) return;
  if (log_.current_state() == log::partition_log::state::truncating) {
    next_ = now_led;
    return;
  }
  next_.reset();
  epoch_ = now_led.epoch;
  now_led.leader == around_.self ? become_leader(now_led) : become_follower(now_led);
  tell_watchers();
}

void partition::become_leader(const leadership& now_led) {
  if (auto* const leading = as_leader()) return leading->update(now_led);
  leave_role();
  role_.emplace<leader_role>(around_, ports(), now_led).review();
}

void partition::become_follower(const leadership& now_led) {
  if (auto* const following = as_follower()) return following->update(now_led);
  leave_role();
  role_.emplace<follower_role>(around_, ports(), now_led);
}

void partition::leave_role() {
  auto* const leading = as_leader();
  auto waiting = leading ? leading->give_up() : leader_role::waiting();
  role_.emplace<std::monostate>();
  waiting.fail(why_not_leading());
}

void partition::resign() {
  next_.reset();
  leave_role();
  tell_watchers();
}

void partition::lose() {
  lost_ = true;
  resign();
}

void partition::on_log_settled() {
  if (next_) lead(*std::exchange(next_, std::nullopt));
}

void partition::tell_watchers() {
  commits_.notify();
  appends_.notify();
}

error_code partition::why_not_leading() const {
  return lost_ ? error_code::kafka_storage_error : error_code::not_leader_or_follower;
}

error_code partition::check_epoch(leader_epoch claimed) const {
  if (lost_) return error_code::kafka_storage_error;
  if (claimed.value < 0 || fires(around_.faults, "replica.skip_epoch_check")) return error_code::none;
  if (claimed < epoch_) return error_code::fenced_leader_epoch;
  return claimed > epoch_ ? error_code::unknown_leader_epoch : error_code::none;
}

error_code partition::check_leader(leader_epoch claimed) const {
  const auto why = check_epoch(claimed);
  return why != error_code::none || leading() ? why : why_not_leading();
}

error_code partition::check_reader(leader_epoch claimed) const {
  const auto why = check_epoch(claimed);
  return why != error_code::none || leading() || following() ? why : why_not_leading();
}

error_code partition::check_follower(leader_epoch claimed, const follower_position& said) const {
  const auto why = check_leader(claimed);
  if (why != error_code::none) return why;
  if (!leader()->follows(said.id))
    return claimed.value >= 0 ? error_code::unknown_leader_epoch : error_code::not_leader_or_follower;
  return leader()->is_outdated(said) ? error_code::not_leader_or_follower : error_code::none;
}

void partition::on_follower_fetch(const follower_position& said) {
  if (auto* const leading = as_leader()) leading->on_follower_fetch(said);
}

// Records

result<log::append_info> partition::take(const buffer_slice& records, const produce_how& how,
                                         wire::compressor& contexts, instant now, produced& answer) {
  auto batch = wire::validate_produced(records, rules_of(*settings_, how, now.wall), contexts);
  if (!batch) return batch.failure();
  if (auto ok = check_transaction(batch->header(), how); !ok) return ok.failure();
  if (settings_->recompress_with) {
    const auto done =
        batch->recompress(*settings_->recompress_with, contexts, settings_->max_decompressed_bytes);
    if (!done) return done.failure();
  }
  if (auto fits = check_size(wire::batch_header_size + batch->body().size(), *settings_); !fits)
    return fits.failure();
  if (settings_->log_append_time) answer.append_time = now.wall;
  if (settings_->log_append_time || batch->changed())
    batch->assign(log_.end(), epoch_, settings_->log_append_time ? std::optional(now.wall) : std::nullopt);
  if (!batch->changed())
    return log_.append_as_leader(records.view(), epoch_, log::append_origin::client, now);
  return log_.append_as_leader(batch->bytes().flatten(), epoch_, log::append_origin::client, now);
}

void partition::produce(const buffer_slice& records, const produce_how& how, wire::compressor& contexts,
                        instant now, produced_handler done) {
  produced answer;
  answer.failure = check_leader(leader_epoch());
  if (answer.failure == error_code::none && how.acks == required_acks::all && !leader()->enough_in_sync())
    answer.failure = error_code::not_enough_replicas;
  if (answer.failure != error_code::none) return done(std::move(answer));
  const auto appended = take(records, how, contexts, now, answer);
  if (!appended) {
    answer.failure = appended.code();
    answer.message = appended.failure().message;
    return done(std::move(answer));
  }
  answer.base = appended->first;
  answer.log_start = log_.start();
  on_appended();
  as_leader()->answer_when_held(how.acks, appended->last + 1, how.timeout, std::move(answer),
                                std::move(done));
}

result<offset> partition::append(bytes_view batch, log::append_origin origin, instant now) {
  auto* const leading = as_leader();
  if (!leading) return {why_not_leading()};
  if (!leading->enough_in_sync()) return {error_code::not_enough_replicas};
  const auto appended = log_.append_as_leader(batch, epoch_, origin, now);
  if (!appended) return appended.failure();
  on_appended();
  return appended->last + 1;
}

void partition::on_appended() {
  as_leader()->on_appended();
  appends_.notify();
}

offset partition::readable_end(isolation level) const {
  if (fires(around_.faults, "replica.serve_uncommitted")) return log_.end();
  return level == isolation::read_committed ? std::min(log_.last_stable_offset(), high_watermark())
                                            : high_watermark();
}

result<offset> partition::delete_records(offset before) {
  if (!settings_->log.delete_old) return {error_code::policy_violation};
  if (before == offset(-1)) before = high_watermark();
  if (before < offset(0) || before > high_watermark()) return {error_code::offset_out_of_range};
  if (auto moved = log_.advance_start(before); !moved) return moved.failure();
  tell_watchers();
  return log_.start();
}

void partition::await_deletion(offset until, millis timeout, deleted_handler done) {
  auto* const leading = as_leader();
  if (!leading) return done({why_not_leading(), offset(-1)});
  leading->answer_when_deleted(until, timeout, std::move(done));
}

// Events

void partition::on_durable() {
  if (auto* const leading = as_leader()) leading->on_durable();
  if (auto* const following = as_follower()) following->on_durable();
}

void partition::on_brokers_changed() {
  if (auto* const leading = as_leader()) leading->review();
}

void partition::tick() {
  alarm_.rung();
  if (auto* const leading = as_leader()) leading->review();
  if (auto* const following = as_follower()) following->tick();
}

void partition::on_high_watermark(offset reached) {
  tell_watchers();
  if (leading() && on_commit_) on_commit_(reached);
}

}  // namespace klamm::broker::replica
