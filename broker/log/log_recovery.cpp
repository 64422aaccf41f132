#include "broker/log/log_recovery.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broker/log/advice.hpp"
#include "broker/log/control_batch.hpp"
#include "broker/log/segment_gaps.hpp"

namespace klamm::broker::log {

log_recovery::log_recovery(disk_client& disk, segment_files& files, const log_options& options,
                           const load_hints& hints, log_environment& environment, instant now)
    : disk_(disk),
      files_(files),
      options_(options),
      hints_(hints),
      environment_(environment),
      now_(now),
      left_cleanly_(hints.clean),
      scan_start_(hints.recovery_point) {}

void log_recovery::run(done_handler done) {
  done_ = std::move(done);
  disk_.submit(disk::list_directory{files_.directory()}, [this](disk_completion& listed) {
    if (!listed.ok()) return done_(disk_error("list", files_.directory(), listed));
    sort_files(listed.entries);
    tidy();
  });
}

void log_recovery::rescan_from(offset at) {
  hints_.clean = false;
  scan_start_ = std::min(scan_start_, at);
}

/// Whether the log may open without it; its failure is told otherwise.
bool log_recovery::bear(const std::string& what) {
  if (hints_.whole)
    done_(error(error_code::kafka_storage_error,
                fmt::format("{}: {}: {}", files_.directory(), what, whole_log_advice)));
  else
    say(log_level::error, what);
  return !hints_.whole;
}

bool log_recovery::check(result<void>& step) {
  const bool ok = step.has_value();
  if (!ok) done_(std::move(step));
  return ok;
}

void log_recovery::say(log_level level, const std::string& what) {
  if (environment_.sink.wants(level)) environment_.sink.write(level, "log " + files_.directory(), what);
}

// --- the scan

void log_recovery::plan_scan() {
  auto& segments = log_.segments;
  if (segments.empty()) {
    segments.push_back(std::make_shared<segment>(hints_.start));
    segments.back()->created = now_.wall;
    hints_.clean = false;
  }
  const auto index_of = [&](offset at) {
    return static_cast<std::size_t>(segment_of(segments, std::max(at, segments.front()->base)) -
                                    segments.begin());
  };
  first_verified_ = hints_.clean ? segments.size() - 1 : index_of(scan_start_);
  at_ = std::min(first_verified_, index_of(producers_from_));
  look_for_gaps();
}

/// Between segments that are not scanned.
void log_recovery::look_for_gaps() {
  if (hints_.compacted) return scan_segment();
  const auto end = log_.segments.begin() + static_cast<std::ptrdiff_t>(first_verified_);
  find_gaps(disk_, files_, {log_.segments.begin(), end}, [this](const std::vector<segment_gap>& found) {
    for (const auto& gap : found)
      if (!bear(missing_behind(gap.base, gap.from, gap.to))) return;
    scan_segment();
  });
}

std::string log_recovery::missing_behind(offset base, offset from, offset to) const {
  return fmt::format(
      "offsets {} to {} are missing, although everything below offset {} was synced: {} ends before "
      "them, and the next segment begins behind them",
      from.value, (to - 1).value, std::max(hints_.recovery_point, to).value,
      files_.path(base, file_kind::log));
}

void log_recovery::scan_segment() {
  auto& here = *log_.segments[at_];
  if (!hints_.clean || at_ + 1 < log_.segments.size() || producers_from_ < here.base) return scan_from(0);
  // The last segment of a clean stop: its index leads close to the end.
  auto open_end = std::make_shared<segment>(here.base);
  open_end->size = open_end->written = here.size;
  open_end->next = here.base + INT32_MAX + std::int64_t{1};
  read_file(disk_, files_.path(here.base, file_kind::index), largest_side_file,
            [this, open_end](result<buffer_slice> positions) {
              if (!positions) return scan_from(0);
              read_file(disk_, files_.path(open_end->base, file_kind::timeindex), largest_side_file,
                        [this, open_end, positions = *positions](result<buffer_slice> times) {
                          auto index =
                              times ? segment_index::decode(open_end->base, open_end->next, open_end->size,
                                                            positions.view(), times->view())
                                    : std::nullopt;
                          if (!index) return scan_from(0);
                          auto& last = *log_.segments[at_];
                          const auto found = index->find(open_end->next - 1);
                          last.first_timestamp = index->first_timestamp();
                          last.index = std::move(index);
                          scan_from(producers_from_ > found.last ? found.position : 0);
                        });
            });
}

void log_recovery::scan_from(std::uint64_t position) {
  auto here = log_.segments[at_];
  const auto file_size = here->size;
  scanned_from_ = position;
  if (verifying()) {
    here->size = position;
    here->next = intact_end_ = here->base;
    intact_up_to_ = position;
    if (position == 0) here->index.emplace(here->base);
    // Those whose markers are followed again come again.
    std::erase_if(here->aborted, [this](const auto& one) { return one.last_offset >= producers_from_; });
  }
  scan_batches(
      files_.reading(*here),
      {.from = position,
       .to = file_size,
       .check_crc = !fires(environment_.faults, "log.skip_crc"),
       .pass_damaged = true},
      [this, here](const wire::batch_view& batch, std::uint64_t at, bool intact) {
        return take(*here, batch, at, intact);
      },
      [this, lease = segment_lease(here)](result<scan_result> how) {
        if (!how) return done_(how.failure());
        scanned(*how);
      });
}

scan_step log_recovery::take(segment& in, const wire::batch_view& batch, std::uint64_t at, bool intact) {
  const auto& header = batch.header();
  // What a damaged one says of itself counts as far as it stays below what is known to be there.
  const bool durable = header.last_offset() < hints_.recovery_point;
  const bool follows = header.magic == 2 && header.last_offset_delta >= 0 && header.base_offset >= in.base &&
                       (!verifying() || header.base_offset >= in.next) &&
                       in.base + INT32_MAX >= header.last_offset();
  const bool kept = intact || (durable && !hints_.whole);
  if (!follows || !kept) return verifying() ? scan_step::stop : scan_step::go_on;
  if (intact) {
    follow(in, batch);
    intact_up_to_ = at + batch.bytes().size();
  } else {
    say(log_level::error,
        fmt::format("the batch at offset {} is damaged; reading it will fail", in.next.value));
  }
  if (!verifying()) return scan_step::go_on;
  if (!durable && fires(environment_.faults, "log.recover_short")) return scan_step::stop;
  // An index that was read back has the batch of its last entry already.
  if (in.index->covers(header.last_offset()))
    in.skip(header);
  else
    in.note(header, options_.index_interval_bytes);
  return scan_step::go_on;
}

void log_recovery::follow(segment& in, const wire::batch_view& batch) {
  const auto& header = batch.header();
  if (verifying()) intact_end_ = header.next_offset();
  if (verifying() && header.partition_leader_epoch > log_.epochs.latest())
    log_.epochs.assign(header.partition_leader_epoch, header.base_offset);
  if (header.base_offset < producers_from_) return;
  if (fires(environment_.faults, "log.forget_producers")) return;
  const auto aborted = log_.producers.apply(header, read_marker(batch), now_.wall);
  if (aborted && verifying()) in.aborted.push_back(*aborted);
}

void log_recovery::scanned(const scan_result& how) {
  const bool whole = how.stop == scan_stop::end;
  if (!verifying()) return go_on();
  auto& here = *log_.segments[at_];
  if (!whole && scanned_from_ > 0 && how.position == scanned_from_) {
    here.size = here.written;
    return scan_from(0);  // only from the segment's first byte on can be told which offset this is
  }
  here.written = here.size;
  // Where a log begins inside of its first batch, its recovery point is its start before anything of that batch was synced.
  const bool never_synced =
      at_ == 0 && intact_up_to_ == 0 && hints_.recovery_point <= hints_.start && !hints_.whole;
  if (!whole && intact_end_ < hints_.recovery_point && !never_synced)
    return done_(
        error(error_code::kafka_storage_error,
              fmt::format("{} is damaged at byte {} (offset {}), although everything below offset {} was "
                          "synced: {}",
                          files_.path(here.base, file_kind::log), intact_up_to_, intact_end_.value,
                          hints_.recovery_point.value, hints_.whole ? whole_log_advice : replica_advice)));
  drop_replaced();
  // The names of unsynced files may survive a power cut in any choice: behind a missing one nothing counts.
  const bool gap = at_ + 1 < log_.segments.size() && log_.segments[at_ + 1]->base > here.next;
  const bool synced = here.next < hints_.recovery_point;
  if (!whole || (gap && !synced))
    cut_here(how);
  else if (gap && !hints_.compacted &&
           !bear(missing_behind(here.base, here.next, log_.segments[at_ + 1]->base)))
    return;
  go_on();
}

void log_recovery::go_on() {
  if (++at_ >= log_.segments.size()) return settle();
  const auto base = log_.segments[at_]->base;
  std::erase(unwanted_, segment_file(base, file_kind::snapshot));
  log_.snapshots.insert(base);
  files_.write_snapshot(base, buffer_slice::own(write_producer_snapshot(log_.producers.snapshot())),
                        [this](result<void> written) {
                          if (check(written)) scan_segment();
                        });
}

void log_recovery::drop_replaced() {
  const auto here = log_.segments[at_];
  if (!swapped_.contains(here->base)) return;
  while (at_ + 1 < log_.segments.size() && log_.segments[at_ + 1]->base < here->next) {
    files_.remove({log_.segments[at_ + 1]});
    log_.segments.erase(log_.segments.begin() + static_cast<std::ptrdiff_t>(at_) + 1);
  }
}

void log_recovery::cut_here(const scan_result& how) {
  const auto& here = *log_.segments[at_];
  const auto behind = log_.segments.begin() + static_cast<std::ptrdiff_t>(at_) + 1;
  const auto more = log_.segments.end() - behind;
  say(log_level::warning,
      fmt::format("cut at offset {}, byte {} of {}: the batch there is damaged, missing or was never written "
                  "whole, and only what is below offset {} is known to have been synced{}",
                  here.next.value, how.position, files_.path(here.base, file_kind::log),
                  hints_.recovery_point.value,
                  more > 0 ? fmt::format("; {} segments behind this one go with it", more) : ""));
  files_.remove(segment_list(behind, log_.segments.end()));
  log_.segments.erase(behind, log_.segments.end());
}

// --- the result

void log_recovery::settle() {
  log_.epochs.truncate_from_end(log_.segments.back()->next);
  // The epochs are on disk before the start that they were trimmed to: what is below it was deleted, and nobody could tell
  // any more where its epochs end.
  log_.start = std::max({hints_.start, log_.segments.front()->base, log_.epochs.first_start()});
  const auto end = log_.segments.back()->next;
  if (end < hints_.recovery_point && !hints_.whole && !was_empty())
    say(log_level::error,
        fmt::format("offsets {} to {} are missing, although they were synced: the log ends with {}",
                    end.value, (hints_.recovery_point - 1).value,
                    files_.path(log_.segments.back()->base, file_kind::log)));
  if (end < log_.start && left_cleanly_ && !was_empty()) return done_(contradiction(end));
  if (end < log_.start) begin_anew();
  log_.epochs.truncate_from_start(log_.start);
  // The sync comes before anything is served: what was read from the page cache might not be on disk.
  gathering all([this](result<void> settled) {
    if (check(settled)) finish();
  });
  for (auto i = first_verified_; i < log_.segments.size(); ++i) {
    auto& one = *log_.segments[i];
    const bool active = i + 1 == log_.segments.size();
    files_.open_for_writing(one, active, all.add("open", files_.path(one.base, file_kind::log)));
    one.writing->truncate(one.size, all.add("truncate", one.writing->path()));
    one.writing->sync(all.add("sync", one.writing->path()));
    if (active) continue;
    one.writing.reset();  // now: all of them at once may be more than the process can have open
    files_.write_index(log_.segments[i], all.add());
  }
  settle_directory(all);
}

/// It was to begin inside of a batch that did not come: see partition_log::restart_at.
bool log_recovery::was_empty() const {
  return hints_.recovery_point == log_.start &&
         std::ranges::all_of(log_.segments, [](const segment_ptr& one) { return one->size == 0; });
}

error log_recovery::contradiction(offset end) const {
  return {error_code::kafka_storage_error,
          fmt::format("{} ends at offset {}, before its start {}, although it was left cleanly: if that "
                      "number is wrong, correct it in log-start-offset-checkpoint beside that directory; "
                      "else {}",
                      files_.directory(), end.value, log_.start.value, replica_advice)};
}

/// Records were deleted up to the start, and a power cut took what was not synced before it. What would be appended behind the
/// end could not be read: Kafka's loader, too, begins an empty log at the start.
void log_recovery::begin_anew() {
  const auto end = log_.segments.back()->next;
  say(was_empty()                   ? log_level::info
      : end < hints_.recovery_point ? log_level::error
                                    : log_level::warning,
      fmt::format("the log ends at offset {}, before its start {}: it begins anew there, without a record",
                  end.value, log_.start.value));
  gone_ = std::exchange(log_.segments, {});
  for (const auto at : std::exchange(log_.snapshots, {}))
    unwanted_.push_back(segment_file(at, file_kind::snapshot));
  log_.producers.clear();
  log_.epochs.clear();
  log_.segments.push_back(std::make_shared<segment>(log_.start));
  log_.segments.back()->created = now_.wall;
  log_.segments.back()->index.emplace(log_.start);
  first_verified_ = 0;
}

void log_recovery::settle_directory(gathering& all) {
  const auto end = log_.segments.back()->next;
  // One for each segment and the newest are enough.
  const auto needed = [&](offset at) {
    const auto starts = [&](const segment_ptr& s) { return s->base == at; };
    return at <= end && (at == *log_.snapshots.rbegin() ||
                         std::any_of(log_.segments.begin(), log_.segments.end(), starts));
  };
  for (const auto at : log_.snapshots)
    if (!needed(at)) unwanted_.push_back(segment_file(at, file_kind::snapshot));
  std::erase_if(log_.snapshots, [&](offset at) { return at > end; });
  for (const auto& name : unwanted_) {
    const auto path = join_path(files_.directory(), name);
    disk_.submit(disk::remove{path}, all.add("remove", path));
  }
  const auto epochs = write_epoch_checkpoint(log_.epochs.entries());
  if (hints_.clean && epochs == epochs_found_) return;  // a clean stop has synced it
  replace_file(disk_, join_path(files_.directory(), epoch_checkpoint_name),
               buffer_slice::copy(as_bytes_view(epochs)), all.add());
}

void log_recovery::finish() {
  files_.remove(std::exchange(gone_, {}));  // here nobody scans them any more
  disk_.submit(disk::sync_directory{files_.directory()}, [this](disk_completion& synced) {
    if (!synced.ok()) return done_(disk_error("sync", files_.directory(), synced));
    done_({});
  });
}

}  // namespace klamm::broker::log
