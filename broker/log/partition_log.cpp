#include "broker/log/partition_log.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "broker/log/advice.hpp"

namespace klamm::broker::log {
namespace {

constexpr std::size_t largest_metadata = 4096;

}  // namespace

partition_log::partition_log(log_environment& environment, log_identity identity, const log_options& options,
                             log_listener& listener)
    : environment_(environment),
      identity_(std::move(identity)),
      options_(options),
      listener_(listener),
      disk_(environment.disk, identity_.apart),
      files_(disk_, environment.readers,
             join_path(identity_.data_directory, log_directory_name(identity_.partition))),
      writer_(disk_, files_.directory(), *this, environment.faults),
      tail_(environment.tail),
      reader_(files_, segments_, environment) {
  reader_.on_ended([this] {
    files_.poll_removals();
    poll_quiet();
  });
  reader_.on_damage([this](const error& why) { say(log_level::error, why.message); });
  files_.on_removed([this] { poll_quiet(); });
}

partition_log::~partition_log() = default;

error partition_log::refusal(std::string_view what) const {
  constexpr std::string_view names[] = {"not opened yet", "loading", "open",
                                        "truncating",     "closed",  "offline"};
  return error(error_code::kafka_storage_error,
               fmt::format("cannot {} {}: the log is {}", what, files_.directory(),
                           names[static_cast<std::size_t>(state_)]));
}

void partition_log::say(log_level level, const std::string& what) const {
  if (environment_.sink.wants(level)) environment_.sink.write(level, "log " + files_.directory(), what);
}

// --- life

void partition_log::create(offset start, instant now, done_handler done) {
  assert(state_ == state::idle);
  state_ = state::loading;
  disk_.submit(disk::make_directory{files_.directory()},
               [this, start, now, done = std::move(done)](disk_completion& made) mutable {
                 if (!made.ok()) return done(disk_error("make", files_.directory(), made));
                 start_ = durable_start_ = end_ = high_watermark_ = start;
                 writer_.start(start);
                 start_segment(start, now.wall);
                 write_identity([this, done = std::move(done)](result<void> written) mutable {
                   if (written)
                     state_ = state::open;
                   else
                     on_failed(written.failure());  // nobody would make it anew, and it could never be used
                   done(std::move(written));
                 });
               });
}

void partition_log::write_identity(done_handler done) {
  auto sync_names = [this, done = std::move(done)](result<void> written) mutable {
    // What a kill leaves is enough for fsync=os; for fsync=ack the names have to survive a power cut too.
    if (!written || options_.fsync == fsync_mode::os) return done(std::move(written));
    gathering all(std::move(done));
    disk_.submit(disk::sync_directory{files_.directory()}, all.add("sync", files_.directory()));
    disk_.submit(disk::sync_directory{identity_.data_directory}, all.add("sync", identity_.data_directory));
  };
  const auto text = write_partition_metadata(identity_.topic_id);
  replace_file(disk_, join_path(files_.directory(), partition_metadata_name),
               buffer_slice::copy(as_bytes_view(text)), std::move(sync_names));
}

void partition_log::load(const load_hints& hints, instant now, done_handler done) {
  assert(state_ == state::idle);
  state_ = state::loading;
  recovery_ = std::make_unique<log_recovery>(disk_, files_, options_, hints, environment_, now);
  auto recovered = [this, hints, done = std::move(done)](result<void> how) mutable {
    if (!how) {
      state_ = state::offline;
      return done(std::move(how));
    }
    open_with(std::move(recovery_->found()), hints.high_watermark);
    // What was cut has to be gone before a new segment may take its name.
    when_quiet([this, done = std::move(done)](result<void> quiet) mutable {
      if (quiet) state_ = state::open;
      done(std::move(quiet));
    });
  };
  const auto path = join_path(files_.directory(), partition_metadata_name);
  read_file(disk_, path, largest_metadata,
            [this, hints, recovered = std::move(recovered)](result<buffer_slice> content) mutable {
              const auto id = content ? read_partition_metadata(as_text(content->view()))
                                      : result<uuid>(content.failure());
              if (!id && id.code() != error_code::resource_not_found)
                return recovered(error(error_code::kafka_storage_error,
                                       fmt::format("cannot use {}/{}: {}: {}", files_.directory(),
                                                   partition_metadata_name, id.failure().message,
                                                   hints.whole ? whole_directory_advice : replica_advice)));
              if (id && !identity_.topic_id.is_zero() && *id != identity_.topic_id)
                return recovered(error(error_code::inconsistent_topic_id,
                                       fmt::format("{} belongs to topic id {}, not {}", files_.directory(),
                                                   to_string(*id), to_string(identity_.topic_id))));
              if (id) identity_.topic_id = *id;
              recovery_->run(std::move(recovered));
            });
}

void partition_log::open_with(recovered_log found, offset high_watermark) {
  segments_ = std::move(found.segments);
  epochs_ = std::move(found.epochs);
  producers_ = std::move(found.producers);
  snapshots_ = std::move(found.snapshots);
  start_ = durable_start_ = std::max(found.start, segments_.front()->base);
  end_ = segments_.back()->next;
  high_watermark_ = std::clamp(high_watermark, std::min(start_, end_), end_);
  producers_.set_high_watermark(high_watermark_);
  writer_.start(end_);
  writer_.adopt(segments_.back());
}

void partition_log::start_segment(offset base, timestamp now) {
  auto fresh = std::make_shared<segment>(base);
  fresh->index.emplace(base);
  fresh->created = now;
  if (options_.segment_jitter_ms.count() > 0)
    fresh->jitter =
        millis(environment_.random.below(static_cast<std::uint64_t>(options_.segment_jitter_ms.count())));
  auto opened = [this, held = hold_recovery_point(base)](disk_completion& how) mutable {
    if (!how.ok()) return held(disk_error("make a segment in", files_.directory(), how));
    writer_.directory_changed();  // not before: a sync that overtakes the opening would count as this name's
    held({});
  };
  files_.open_for_writing(*fresh, state_ == state::loading, std::move(opened));
  segments_.push_back(std::move(fresh));
}

void partition_log::close(done_handler done) {
  if (state_ != state::open) return done(refusal("close"));
  state_ = state::closed;
  writer_.when_flushed(end_, [this, done = std::move(done)](result<void> flushed) mutable {
    if (!flushed) return done(std::move(flushed));
    when_quiet([this, done = std::move(done)](result<void> quiet) mutable {
      if (!quiet) return done(std::move(quiet));
      write_what_a_clean_start_reads(std::move(done));
    });
  });
}

/// Only when quiet: side files of the same names may be on their way before.
void partition_log::write_what_a_clean_start_reads(done_handler done) {
  gathering all(once_named(std::move(done)));
  files_.write_index(segments_.back(), all.add());
  write_snapshot(all.add());
  const auto epochs = write_epoch_checkpoint(epochs_.entries());
  replace_file(disk_, join_path(files_.directory(), epoch_checkpoint_name),
               buffer_slice::copy(as_bytes_view(epochs)), all.add());
}

void partition_log::remove(const uuid& unique, done_handler done) {
  // A truncation opens files by their names.
  if (state_ == state::truncating) {
    when_open_.emplace_back(
        [this, unique, done = std::move(done)]() mutable { remove(unique, std::move(done)); });
    return;
  }
  const auto to = delete_directory_name(identity_.partition, unique);
  retire(to, [this, to, done = std::move(done)](result<void> renamed) mutable {
    if (!renamed) return done(std::move(renamed));
    // What cannot be removed now is removed at the next start, by its name.
    disk_.submit(disk::remove{join_path(identity_.data_directory, to)},
                 [done = std::move(done)](disk_completion&) mutable { done({}); });
  });
}

void partition_log::set_aside(const uuid& unique, done_handler done) {
  const auto to = stray_directory_name(identity_.partition, unique);
  retire(to, [this, to, done = std::move(done)](result<void> renamed) mutable {
    if (!renamed) return done(std::move(renamed));
    gathering all(std::move(done));
    for (const auto& changed : {join_path(identity_.data_directory, to), identity_.data_directory})
      disk_.submit(disk::sync_directory{changed}, all.add("sync", changed));
  });
}

/// Closes the log under another name, once nobody reads or writes it any more: what is on its way by the old name would fail
/// behind the renaming, and a failed disk operation takes the whole directory offline.
void partition_log::retire(const std::string& name, done_handler done) {
  state_ = state::closed;
  tail_.clear();
  const auto to = join_path(identity_.data_directory, name);
  when_quiet([this, to, done = std::move(done)](result<void>) mutable {
    for (const auto& one : segments_) {
      one->reading.close();
      one->writing.reset();
    }
    disk_.submit(disk::rename{files_.directory(), to},
                 [this, done = std::move(done)](disk_completion& renamed) mutable {
                   done(renamed.ok() ? result<void>() : disk_error("rename", files_.directory(), renamed));
                 });
  });
}

// --- the disk's answers

void partition_log::on_written() {
  tail_.written(writer_.written_end());
  if (!waits_for_sync()) tell_durable();
  poll_quiet();
}

void partition_log::on_flushed() {
  if (waits_for_sync()) tell_durable();
  poll_quiet();
}

/// While it closes, too: who waits for what was appended before is answered.
void partition_log::tell_durable() {
  if (state_ == state::open || state_ == state::closed) listener_.on_durable(*this);
}

void partition_log::on_failed(const error& why) {
  if (std::exchange(state_, state::offline) == state::offline) return;
  say(log_level::error, why.message);
  for (auto& waiting : std::exchange(when_open_, {})) waiting();
  for (auto& waiting : std::exchange(quiet_waiters_, {})) waiting(why);
  listener_.on_offline(*this, why);
}

// --- positions

offset partition_log::recovery_point() const {
  auto point = writer_.flushed_end();
  if (!held_.empty()) point = std::min(point, *held_.begin());
  if (truncating_to_) point = std::min(point, *truncating_to_);
  if (epochs_stale_) point = std::min(point, *epochs_stale_);
  return point;
}

std::uint64_t partition_log::size_bytes() const {
  std::uint64_t total = 0;
  for (const auto& one : segments_) total += one->size;
  return total;
}

void partition_log::set_high_watermark(offset to) {
  high_watermark_ = std::clamp(to, high_watermark_, end_);
  producers_.set_high_watermark(high_watermark_);
}

offset partition_log::last_stable_offset() const {
  const auto undecided = producers_.first_undecided();
  return undecided ? std::min(std::max(*undecided, start_), high_watermark_) : high_watermark_;
}

std::vector<aborted_transaction> partition_log::aborted_in(offset from, offset up_to) const {
  std::vector<aborted_transaction> out;
  if (segments_.empty() || from >= up_to) return out;
  for (auto at = segment_of(segments_, std::max(from, segments_.front()->base)); at != segments_.end(); ++at)
    for (const auto& one : (*at)->aborted)
      if (one.last_offset >= from && one.first_offset < up_to) out.push_back(one);
  return out;
}

}  // namespace klamm::broker::log
