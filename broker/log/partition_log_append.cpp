#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broker/log/control_batch.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/log/roll_policy.hpp"
#include "wire/endian.hpp"

namespace klamm::broker::log {

result<append_info> partition_log::append_as_leader(bytes_view batch, leader_epoch epoch,
                                                    append_origin origin, instant now) {
  if (state_ != state::open) return refusal("append to");
  const wire::batch_view view(buffer_slice::borrow(batch));
  auto header = view.header();
  const auto marker = read_marker(view);
  const auto known = producers_.check(header, origin, marker);
  if (!known) return known.failure();
  if (*known && !fires(environment_.faults, "log.accept_repeats")) return **known;

  header.base_offset = end_;
  header.partition_leader_epoch = epoch;
  place(batch, header, marker, now);
  return append_info{header.base_offset, header.last_offset()};
}

result<append_info> partition_log::append_as_follower(bytes_view batches, leader_epoch of, instant now) {
  if (state_ != state::open) return refusal("append to");
  // All are checked before the first is placed, so that a bad one leaves nothing half done.
  offset next = takes_from();
  std::size_t count = 0;
  wire::batch_view batch;
  using step = wire::batch_reader::step;
  wire::batch_reader to_check(buffer_slice::borrow(batches));
  auto how = to_check.next(batch);
  for (; how == step::batch; how = to_check.next(batch), ++count) {
    const bool rises =
        batch.base_offset() >= next && batch.next_offset() > end_ && batch.header().last_offset_delta >= 0;
    if (!rises || batch.legacy() || !batch.crc_valid() || batch.header().partition_leader_epoch > of)
      return error(
          error_code::corrupt_message,
          fmt::format(
              "{}: the leader's batch at offset {} is damaged, or does not follow offset {}, or is of "
              "a later epoch than {}",
              directory(), batch.base_offset().value, next.value, of.value));
    next = batch.next_offset();
  }
  // A fetch may end with a part of a batch.
  if (how == step::malformed || count == 0)
    return error(error_code::corrupt_message, fmt::format("{}: the leader sent no whole batch", directory()));

  offset first;
  wire::batch_reader to_place(buffer_slice::borrow(batches));
  while (to_place.next(batch) == step::batch) {
    if (first.value < 0) first = batch.base_offset();
    place(batch.bytes().view(), batch.header(), read_marker(batch), now);
  }
  return append_info{first, end_ - 1};
}

void partition_log::place(bytes_view batch, const wire::batch_header& header,
                          const std::optional<wire::transaction_marker>& marker, instant now) {
  roll_if_full(header, now);
  const auto& active = segments_.back();
  const auto placed = tail_.append(batch, header.base_offset, header.last_offset());
  // Both lie before what the CRC guards.
  wire::store(placed.at, header.base_offset.value);
  wire::store(placed.at + wire::leader_epoch_at, header.partition_leader_epoch.value);

  if (epochs_.latest() < header.partition_leader_epoch && !fires(environment_.faults, "log.miss_epochs") &&
      epochs_.assign(header.partition_leader_epoch, header.base_offset))
    epochs_changed(header.base_offset);
  if (const auto aborted = producers_.apply(header, marker, now.wall)) active->aborted.push_back(*aborted);
  active->note(header, options_.index_interval_bytes);
  active->unwritten.append(placed.bytes);
  end_ = header.next_offset();
  writer_.appended(active);
  if (options_.fsync == fsync_mode::ack || end_ - writer_.flushed_end() >= options_.flush_messages)
    writer_.flush_to(end_);
}

void partition_log::roll_if_full(const wire::batch_header& batch, instant now) {
  const auto& active = segments_.back();
  const roll_question question{.segment_size = active->size,
                               .batch_size = batch.total_size(),
                               .segment_base = active->base,
                               .batch_last = batch.last_offset(),
                               .segment_first = active->first_timestamp,
                               .segment_created = active->created,
                               .batch_largest = batch.max_timestamp,
                               .jitter = active->jitter,
                               .index_full = active->index->full(options_.segment_index_bytes),
                               .now = now.wall};
  if (!should_roll(question, options_)) return;
  // Segments follow each other without a gap, so that recovery sees when one is missing; unless the batch would not fit.
  roll(batch.last_offset() - end_ > INT32_MAX ? batch.base_offset : end_, now);
}

void partition_log::roll(offset base, instant now) {
  const auto active = segments_.back();
  files_.write_index(active, hold_recovery_point(active->base));
  expire_producers(now);
  end_ = base;
  start_segment(base, now.wall);
  write_snapshot(once_named(hold_recovery_point(end_)));
  writer_.flush_to(end_);
  listener_.on_rolled(*this, now);
}

void partition_log::write_snapshot(done_handler done) {
  snapshots_.insert(end_);
  files_.write_snapshot(end_, buffer_slice::own(write_producer_snapshot(producers_.snapshot())),
                        std::move(done));
}

done_handler partition_log::hold_recovery_point(offset from) {
  return [this, hold = held_.insert(from)](result<void> written) {
    held_.erase(hold);
    if (!written) return on_failed(written.failure());
    remove_dropped();
    poll_quiet();
  };
}

done_handler partition_log::once_named(done_handler done) {
  return [this, done = std::move(done)](result<void> replaced) mutable {
    if (!replaced) return done(std::move(replaced));
    gathering all(std::move(done));
    disk_.submit(disk::sync_directory{files_.directory()}, all.add("sync", files_.directory()));
  };
}

void partition_log::begin_epoch(leader_epoch epoch) {
  if (epochs_.assign(epoch, end_)) epochs_changed(end_);
}

void partition_log::epochs_changed(offset from) {
  epochs_stale_ = std::min(from, epochs_stale_.value_or(from));
  write_epochs();
}

void partition_log::write_epochs() {
  if (writing_epochs_ || state_ == state::offline) return;
  writing_epochs_ = true;
  const auto stale = std::exchange(epochs_stale_, std::nullopt);
  const auto text = write_epoch_checkpoint(epochs_.entries());
  auto held = hold_recovery_point(stale.value_or(end_));
  auto written = [this, held = std::move(held)](result<void> how) mutable {
    writing_epochs_ = false;
    // Before the hold goes: who waits for quiet must not find the next one coming.
    if (how && epochs_stale_) write_epochs();
    held(std::move(how));
  };
  replace_file(disk_, join_path(files_.directory(), epoch_checkpoint_name),
               buffer_slice::copy(as_bytes_view(text)), once_named(std::move(written)));
}

void partition_log::flush(done_handler done) {
  if (state_ != state::open && state_ != state::closed) return done(refusal("flush"));
  writer_.when_flushed(end_, std::move(done));
}

}  // namespace klamm::broker::log
