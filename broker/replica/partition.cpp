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

partition::partition(log::partition_log& log, node_id self, settings_ptr settings)
    : log_(log), self_(self), settings_(std::move(settings)) {}

partition::~partition() { resign(); }

void partition::configure(settings_ptr settings) {
  settings_ = std::move(settings);
  log_.set_options(settings_->log);
}

void partition::lead(const leadership& now_led) {
  const bool was_leading = std::exchange(leading_, now_led.leader == self_ && !lost_);
  const bool new_epoch = now_led.epoch != led_.epoch || !was_leading;
  led_ = now_led;
  if (!leading_) return resign();
  if (new_epoch) log_.begin_epoch(led_.epoch);
  advance_high_watermark();
  watchers_.notify();
}

void partition::resign() {
  leading_ = false;
  fail(awaiting_log_, why_not_leading());
  fail(awaiting_commit_, why_not_leading());
  watchers_.notify();
}

void partition::lose() {
  lost_ = true;
  resign();
}

error_code partition::why_not_leading() const {
  return lost_ ? error_code::kafka_storage_error : error_code::not_leader_or_follower;
}

error_code partition::check_leader(leader_epoch claimed) const {
  if (lost_) return error_code::kafka_storage_error;
  if (claimed.value >= 0) {
    if (claimed < led_.epoch) return error_code::fenced_leader_epoch;
    if (claimed > led_.epoch) return error_code::unknown_leader_epoch;
  }
  return leading_ ? error_code::none : why_not_leading();
}

bool partition::enough_in_sync() const {
  return static_cast<int>(led_.isr.size()) >=
         needed_in_sync(settings_->min_insync_replicas, led_.replicas.size());
}

result<log::append_info> partition::take(const buffer_slice& records, const produce_how& how,
                                         wire::compressor& contexts, instant now, produced& answer) {
  auto batch = wire::validate_produced(records, rules_of(*settings_, how, now.wall), contexts);
  if (!batch) return batch.failure();
  if (auto ok = check_transaction(batch->header(), how); !ok) return ok.failure();
  const bool recompress =
      settings_->recompress_with && settings_->recompress_with->codec != batch->header().attributes.codec();
  if (recompress) {
    const auto done =
        batch->recompress(*settings_->recompress_with, contexts, settings_->max_decompressed_bytes);
    if (!done) return done.failure();
  }
  const auto size = recompress ? batch->bytes().size() : records.size();
  if (auto fits = check_size(size, *settings_); !fits) return fits.failure();
  if (!recompress && !settings_->log_append_time)
    return log_.append_as_leader(records.view(), led_.epoch, log::append_origin::client, now);
  if (settings_->log_append_time) answer.append_time = now.wall;
  batch->assign(log_.end(), led_.epoch, settings_->log_append_time ? std::optional(now.wall) : std::nullopt);
  return log_.append_as_leader(batch->bytes().flatten(), led_.epoch, log::append_origin::client, now);
}

void partition::produce(const buffer_slice& records, const produce_how& how, wire::compressor& contexts,
                        instant now, produced_handler done) {
  produced answer;
  answer.failure = check_leader(leader_epoch());
  if (answer.failure == error_code::none && how.acks == required_acks::all && !enough_in_sync())
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
  auto& queue = how.acks == required_acks::all ? awaiting_commit_ : awaiting_log_;
  const auto reached = how.acks == required_acks::all ? high_watermark() : log_.durable_end();
  const auto end = appended->last + 1;
  if (end <= reached) return done(std::move(answer));  // a duplicate of what is long committed
  // A duplicate ends below what waits already: it may leave with the first that is as far.
  const auto place = std::upper_bound(queue.begin(), queue.end(), end,
                                      [](offset o, const waiting_produce& w) { return o < w.end; });
  queue.insert(place, {end, std::move(answer), std::move(done)});
}

result<offset> partition::append(bytes_view batch, log::append_origin origin, instant now) {
  if (!leading_) return {why_not_leading()};
  if (!enough_in_sync()) return {error_code::not_enough_replicas};
  const auto appended = log_.append_as_leader(batch, led_.epoch, origin, now);
  if (!appended) return appended.failure();
  return appended->last + 1;
}

offset partition::readable_end(isolation level) const {
  return level == isolation::read_committed ? std::min(log_.last_stable_offset(), high_watermark())
                                            : high_watermark();
}

result<offset> partition::delete_records(offset before) {
  if (!settings_->log.delete_old) return {error_code::policy_violation};
  if (before == offset(-1)) before = high_watermark();
  if (before < offset(0) || before > high_watermark()) return {error_code::offset_out_of_range};
  if (auto moved = log_.advance_start(before); !moved) return moved.failure();
  watchers_.notify();
  return log_.start();
}

void partition::on_durable() {
  if (!leading_) return;
  release(awaiting_log_, log_.durable_end());
  advance_high_watermark();
}

void partition::advance_high_watermark() {
  std::vector<replica_progress> maximal_isr;
  for (const auto id : led_.isr)
    maximal_isr.push_back({id, id == self_ ? log_.durable_end() : high_watermark()});
  const auto before = high_watermark();
  const auto reached = replica::high_watermark(
      before, maximal_isr, needed_in_sync(settings_->min_insync_replicas, led_.replicas.size()));
  if (reached == before) return;
  log_.set_high_watermark(reached);
  release(awaiting_commit_, reached);
  watchers_.notify();
  if (on_commit_) on_commit_(reached);
}

void partition::release(waiting_queue& queue, offset reached) {
  while (!queue.empty() && queue.front().end <= reached) {
    auto ready = std::move(queue.front());
    queue.pop_front();
    ready.done(std::move(ready.answer));
  }
}

void partition::fail(waiting_queue& queue, error_code why) {
  for (auto failed = std::exchange(queue, {}); auto& one : failed) {
    one.answer.failure = why;
    one.done(std::move(one.answer));
  }
}

}  // namespace klamm::broker::replica
