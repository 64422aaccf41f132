#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broker/log/control_batch.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/log/roll_policy.hpp"
#include "broker/log/segment_scan.hpp"

namespace klamm::broker::log {
namespace {

/// Where a segment is cut so that nothing at or behind `to` is left. A batch that holds `to` in its middle goes whole: half a
/// batch cannot be kept.
///
///   batch                                what it says of where the cut is
///   ----------------------------------   ------------------------------------------------------------------------------
///   whole, ends below `to`               behind it
///   whole, ends at or behind `to`        before it, or before damaged ones that may reach over `to`: it begins above it
///   its checksum is wrong                nothing, as it may say anything of itself: its neighbours, or the index, tell
struct cut_point {
  offset to;
  segment_index::found known;  // a batch below `to`
  offset end;                  // behind the last one that is kept
  std::uint64_t position;      // behind its last byte
  bool doubted = false;        // damaged ones lie behind that

  scan_step look(const wire::batch_view& batch, std::uint64_t at, bool intact) {
    const auto behind = at + batch.bytes().size();
    if (!intact && at == known.position && known.last.value >= 0) return keep(known.last + 1, behind);
    if (!intact) {
      doubted = true;
      return scan_step::go_on;
    }
    if (batch.last_offset() < to) return keep(batch.next_offset(), behind);
    if (doubted && batch.base_offset() <= to) keep(batch.base_offset(), at);
    return scan_step::stop;
  }

  scan_step keep(offset up_to, std::uint64_t bytes) {
    end = up_to;
    position = bytes;
    doubted = false;
    return scan_step::go_on;
  }
};

}  // namespace

// --- quiet: no read, write, sync, side file or removal is under way

void partition_log::when_quiet(done_handler done) {
  if (state_ == state::offline) return done(refusal("change"));
  quiet_waiters_.push_back(std::move(done));
  poll_quiet();
}

bool partition_log::quiet() const {
  const bool unread = reader_.outstanding() == 0 || fires(environment_.faults, "log.truncate_under_readers");
  return unread && writer_.idle() && held_.empty() && !files_.removing();
}

/// In their order, as long as none of them makes a noise again: no later event would wake who was passed over.
void partition_log::poll_quiet() {
  while (!quiet_waiters_.empty() && quiet()) {
    auto waiting = std::move(quiet_waiters_.front());
    quiet_waiters_.erase(quiet_waiters_.begin());
    waiting({});
  }
}

// --- truncation

void partition_log::truncate_to(offset to, done_handler done) {
  if (state_ != state::open) return done(refusal("truncate"));
  if (to >= end_) {
    if (epochs_.truncate_from_end(to)) epochs_changed(to);
    return done({});
  }
  begin_truncation(to, [this, to, done = std::move(done)](result<void> ready) mutable {
    if (!ready) return finish_truncation(std::move(ready), done);
    if (to < segments_.front()->base) return restart_quiet(to, to, std::move(done));
    truncate_quiet(to, std::move(done));
  });
}

void partition_log::restart_at(offset start, offset base, done_handler done) {
  if (state_ != state::open) return done(refusal("truncate"));
  begin_truncation(std::min(base, segments_.front()->base),
                   [this, start, base, done = std::move(done)](result<void> ready) mutable {
                     if (!ready) return finish_truncation(std::move(ready), done);
                     restart_quiet(start, base, std::move(done));
                   });
}

void partition_log::begin_truncation(offset to, done_handler ready) {
  state_ = state::truncating;
  truncating_to_ = std::min(to, end_);
  // The checkpoint must not claim what the log will not have: a torn append behind the cut would look like damage.
  auto checkpointed = [this, ready = std::move(ready)](result<void> how) mutable {
    if (!how) return ready(std::move(how));
    when_quiet(std::move(ready));
  };
  listener_.before_truncation(*this, std::move(checkpointed));
}

void partition_log::finish_truncation(result<void> how, done_handler& done) {
  truncating_to_.reset();
  if (how && state_ != state::truncating) how = refusal("truncate");  // the directory was lost meanwhile
  if (!how) {
    on_failed(how.failure());
    return done(std::move(how));
  }
  ++generation_;
  state_ = state::open;
  writer_.start(end_);
  writer_.adopt(segments_.back());
  if (durable_start_ < start_) listener_.on_start_moved(*this);
  done({});
  for (auto& waiting : std::exchange(when_open_, {})) waiting();
}

/// What memory says of the offsets from `to` on.
void partition_log::forget_from(offset to) {
  tail_.truncate_to(to);
  end_ = to;
  start_ = std::min(start_, to);
  durable_start_ = std::min(durable_start_, to);
  high_watermark_ = std::min(high_watermark_, to);
  for (auto at = snapshots_.upper_bound(to); at != snapshots_.end(); at = snapshots_.erase(at))
    disk_.submit(disk::remove{files_.path(*at, file_kind::snapshot)});
  if (fires(environment_.faults, "log.keep_epochs")) return;
  if (epochs_.truncate_from_end(to)) epochs_changed(to);
}

void partition_log::truncate_quiet(offset to, done_handler done) {
  const auto first_gone = std::find_if(segments_.begin() + 1, segments_.end(),
                                       [&](const segment_ptr& s) { return s->base >= to; });
  files_.remove(segment_list(first_gone, segments_.end()));
  segments_.erase(first_gone, segments_.end());
  const auto last = segments_.back();
  auto settle = [this, last, to, done = std::move(done)](result<void> cut) mutable {
    if (!cut) return finish_truncation(std::move(cut), done);
    if (last->next < std::min(to, high_watermark_))
      say(log_level::error,
          fmt::format(
              "cut at offset {}, below the high watermark {}: damage behind it hides where its batches "
              "are; the leader has them",
              last->next.value, high_watermark_.value));
    forget_from(last->next);
    rebuild_producers([this, done = std::move(done)](result<void> rebuilt) mutable {
      if (!rebuilt) return finish_truncation(std::move(rebuilt), done);
      when_quiet([this, done = std::move(done)](result<void> quiet) mutable {
        finish_truncation(std::move(quiet), done);
      });
    });
  };
  auto cut = [this, last, to, settle = std::move(settle)](result<void> indexed) mutable {
    if (!indexed) return settle(std::move(indexed));
    cut_segment(last, to, std::move(settle));
  };
  files_.load_index(last, false, options_.index_interval_bytes, std::move(cut));
}

void partition_log::cut_segment(const segment_ptr& last, offset to, done_handler done) {
  const auto from = last->index->find(to - 1);
  auto cut = std::make_shared<cut_point>(cut_point{to, from, last->base, from.position});
  if (last->next <= to) cut->keep(last->next, last->written);
  scan_batches(
      files_.reading(*last), {.from = cut->position, .to = last->written, .pass_damaged = true},
      [cut](const wire::batch_view& batch, std::uint64_t at, bool intact) {
        return cut->look(batch, at, intact);
      },
      [this, last, cut, lease = segment_lease(last),
       done = std::move(done)](result<scan_result> how) mutable {
        if (!how) return done(how.failure());
        last->size = last->written = cut->position;
        last->next = cut->end;
        last->index->truncate_to(cut->end);
        std::erase_if(last->aborted,
                      [&](const aborted_transaction& one) { return one.last_offset >= last->next; });
        if (!last->writing) files_.open_for_writing(*last, false);
        gathering all(std::move(done));
        last->writing->truncate(last->size, all.add("truncate", last->writing->path()));
        last->writing->sync(all.add("sync", last->writing->path()));
      });
}

void partition_log::restart_quiet(offset start, offset base, done_handler done) {
  files_.remove(std::exchange(segments_, {}));
  producers_.clear();
  when_quiet([this, start, base, done = std::move(done)](result<void> quiet) mutable {
    if (!quiet) return finish_truncation(std::move(quiet), done);
    tail_.clear();
    forget_from(offset(0));
    epochs_.clear();
    epochs_changed(start);
    // Everything is gone, so the high watermark moves with the start (KAFKA-9491).
    start_ = end_ = high_watermark_ = start;
    start_segment(base, timestamp(0));
    disk_.submit(
        disk::sync_directory{directory()}, [this, done = std::move(done)](disk_completion& synced) mutable {
          finish_truncation(synced.ok() ? result<void>() : disk_error("sync", directory(), synced), done);
        });
  });
}

// --- the producers' state as of the new end

void partition_log::rebuild_producers(done_handler done) {
  producers_.clear();
  if (snapshots_.empty()) return replay_producers(0, offset(0), std::move(done));
  const auto newest = *snapshots_.rbegin();
  read_file(disk_, files_.path(newest, file_kind::snapshot), largest_side_file,
            [this, newest, done = std::move(done)](result<buffer_slice> content) mutable {
              auto entries = content ? read_producer_snapshot(content->view())
                                     : result<std::vector<producer_snapshot_entry>>(content.failure());
              if (!entries) {
                snapshots_.erase(newest);
                return rebuild_producers(std::move(done));
              }
              producers_.restore(*entries, timestamp(0), options_.producer_expiration);
              const auto at = segment_of(segments_, std::max(newest, segments_.front()->base));
              replay_producers(static_cast<std::size_t>(at - segments_.begin()), newest, std::move(done));
            });
}

void partition_log::replay_producers(std::size_t at, offset from, done_handler done) {
  if (at >= segments_.size()) {
    producers_.set_high_watermark(high_watermark_);
    return done({});
  }
  const auto here = segments_[at];
  scan_batches(
      files_.reading(*here), {.from = 0, .to = here->written, .check_crc = true, .pass_damaged = true},
      [this, from](const wire::batch_view& batch, std::uint64_t, bool intact) {
        if (intact && batch.base_offset() >= from)
          producers_.apply(batch.header(), read_marker(batch), timestamp());
        return scan_step::go_on;
      },
      [this, at, from, lease = segment_lease(here), done = std::move(done)](result<scan_result> how) mutable {
        if (!how) return done(how.failure());
        replay_producers(at + 1, from, std::move(done));
      });
}

// --- the other end

result<void> partition_log::advance_start(offset start) {
  if (state_ != state::open) return refusal("trim");
  if (start > high_watermark_)
    return error(error_code::offset_out_of_range,
                 fmt::format("{}: cannot delete records before offset {}, the high watermark is {}",
                             directory(), start.value, high_watermark_.value));
  if (start <= start_) return {};
  start_ = start;
  if (epochs_.truncate_from_start(start)) epochs_changed(start);
  drop_segments_below(start);
  listener_.on_start_moved(*this);
  return {};
}

void partition_log::start_is_durable(offset start) {
  const auto known = std::max(durable_start_, std::min(start, start_));
  if (std::exchange(durable_start_, known) != known) tell_durable();
}

void partition_log::drop_segments_below(offset start) {
  while (segments_.size() > 1 && segments_[1]->base <= start) {
    snapshots_.erase(segments_.front()->base);
    dropped_.push_back(std::move(segments_.front()));
    segments_.erase(segments_.begin());
  }
  remove_dropped();
}

/// The epochs on disk tell, after a crash, that a log begins where it does because of us, and the snapshot of what is its first
/// segment now, which producers wrote before it.
void partition_log::remove_dropped() {
  if (dropped_.empty() || writing_epochs_) return;
  const bool front_is_told = held_.empty() || *held_.begin() > segments_.front()->base;
  if (front_is_told) files_.remove(std::exchange(dropped_, {}));
}

void partition_log::apply_retention(instant now) {
  if (state_ != state::open) return;
  const auto front = segments_.front();
  if (!front->index) {
    return files_.load_index(front, false, options_.index_interval_bytes, [this, now](result<void> loaded) {
      if (loaded) apply_retention(now);
    });
  }
  const auto largest = front->index->largest_timestamp();
  const segment_age age{front->next, front->size, largest.value >= 0 ? largest : front->created};
  if (front->size == 0 || !expired(age, size_bytes(), high_watermark_, now.wall, options_)) return;
  if (segments_.size() == 1) roll(end_, now);
  say(log_level::info, fmt::format("removing the segment at offset {}: retention", front->base.value));
  if (const auto moved = advance_start(segments_[1]->base); moved) apply_retention(now);
}

}  // namespace klamm::broker::log
