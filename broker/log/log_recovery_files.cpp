// What lies in a log's directory: segments, what was under way, epochs, transactions, producers.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broker/log/log_recovery.hpp"

namespace klamm::broker::log {
namespace {

constexpr std::string_view swap_suffix = ".swap";

bool order_by_base(const segment_ptr& a, const segment_ptr& b) { return a->base < b->base; }

}  // namespace

void log_recovery::sort_files(const std::vector<directory_entry>& entries) {
  std::vector<std::pair<offset, std::string>> beside;  // files that need a log of the same base
  for (const auto& entry : entries) {
    if (entry.name.ends_with(".tmp")) unwanted_.push_back(entry.name);
    const auto name = parse_segment_file(entry.name);
    if (!name || entry.is_directory) continue;
    if (name->stage == file_stage::deleted || name->stage == file_stage::cleaned)
      unwanted_.push_back(entry.name);
    else if (name->stage == file_stage::swap && name->kind == file_kind::log)
      swaps_.push_back(entry.name);
    else if (name->stage == file_stage::swap)
      unwanted_.push_back(entry.name);
    else if (name->kind == file_kind::snapshot)
      log_.snapshots.insert(name->base);
    else if (name->kind != file_kind::log)
      beside.emplace_back(name->base, entry.name);
    if (name->kind == file_kind::txnindex && name->stage == file_stage::settled)
      txnindexes_.insert(name->base);
    const bool is_log = name->kind == file_kind::log &&
                        (name->stage == file_stage::settled || name->stage == file_stage::swap);
    if (!is_log) continue;
    if (name->stage == file_stage::swap) swapped_.insert(name->base);
    const auto same = [&](const segment_ptr& s) { return s->base == name->base; };
    auto at = std::find_if(log_.segments.begin(), log_.segments.end(), same);
    if (at == log_.segments.end()) at = log_.segments.insert(at, std::make_shared<segment>(name->base));
    if (name->stage == file_stage::swap || !swapped_.contains(name->base)) (*at)->size = entry.size;
  }
  std::sort(log_.segments.begin(), log_.segments.end(), order_by_base);
  for (const auto& [base, name] : beside) {
    const auto has = [&](const segment_ptr& s) { return s->base == base; };
    if (std::none_of(log_.segments.begin(), log_.segments.end(), has)) unwanted_.push_back(name);
  }
}

void log_recovery::tidy() {
  gathering all([this](result<void> tidied) {
    if (check(tidied)) read_epochs();
  });
  const auto full = [this](const std::string& name) { return join_path(files_.directory(), name); };
  // Each once: their names may be wanted again soon.
  for (const auto& name : std::exchange(unwanted_, {}))
    disk_.submit(disk::remove{full(name)}, all.add("remove", full(name)));
  for (const auto& name : swaps_) {
    const auto settled = name.substr(0, name.size() - swap_suffix.size());
    disk_.submit(disk::rename{full(name), full(settled)}, all.add("rename", full(name)));
  }
  if (!swapped_.empty()) {
    say(log_level::warning, "finishing a replacement of segments that was interrupted");
    rescan_from(*swapped_.begin());
  }
}

void log_recovery::read_epochs() {
  const auto path = join_path(files_.directory(), epoch_checkpoint_name);
  read_file(disk_, path, largest_side_file, [this](result<buffer_slice> content) {
    if (!content && content.code() != error_code::resource_not_found) return done_(content.failure());
    const auto text = content ? as_text(content->view()) : std::string_view();
    auto epochs = read_epoch_checkpoint(text);
    if (!epochs) say(log_level::warning, epochs.failure().message + ": reading the epochs from the log");
    if (!epochs || text.empty()) rescan_from(offset(0));
    if (epochs) log_.epochs = leader_epochs(std::move(*epochs));
    epochs_found_ = text;
    for (std::size_t i = 0; i < log_.segments.size(); ++i) {
      auto& one = *log_.segments[i];
      one.written = one.size;
      one.created = now_.wall;
      one.next = i + 1 < log_.segments.size() ? log_.segments[i + 1]->base : one.base;
    }
    look_at_front();
    read_aborted_from(0);
  });
}

/// A segment that retention or DeleteRecords take goes when the epochs are on disk that begin behind it.
void log_recovery::look_at_front() {
  const bool told = hints_.start > offset(0) || !log_.epochs.entries().empty();
  if (hints_.whole || !told || log_.segments.empty()) return;
  const auto front = log_.segments.front()->base;
  if (front <= std::max(hints_.start, log_.epochs.first_start()) || hints_.recovery_point <= hints_.start)
    return;
  say(log_level::error,
      fmt::format("offsets {} to {} are missing, although they were synced: the log begins with {}",
                  hints_.start.value, (std::min(front, hints_.recovery_point) - 1).value,
                  files_.path(front, file_kind::log)));
}

void log_recovery::read_aborted_from(std::size_t at) {
  while (at < log_.segments.size() && !txnindexes_.contains(log_.segments[at]->base)) ++at;
  if (at >= log_.segments.size()) return read_producers();
  const auto path = files_.path(log_.segments[at]->base, file_kind::txnindex);
  read_file(disk_, path, largest_side_file, [this, at](result<buffer_slice> content) {
    auto aborted =
        content ? read_aborted(content->view()) : result<std::vector<aborted_transaction>>(content.failure());
    if (aborted) {
      log_.segments[at]->aborted = std::move(*aborted);
    } else {
      say(log_level::warning, aborted.failure().message + ": reading the transactions from the log");
      rescan_from(log_.segments[at]->base);
    }
    read_aborted_from(at + 1);
  });
}

void log_recovery::read_producers() {
  // A snapshot behind the recovery point may count batches that are cut now.
  if (!hints_.clean && !log_.segments.empty()) {
    const auto at_most = std::max(scan_start_, log_.segments.front()->base);
    const auto& verified = **segment_of(log_.segments, at_most);
    for (auto behind = log_.snapshots.upper_bound(verified.base); behind != log_.snapshots.end(); ++behind)
      unwanted_.push_back(segment_file(*behind, file_kind::snapshot));
    log_.snapshots.erase(log_.snapshots.upper_bound(verified.base), log_.snapshots.end());
  }
  if (log_.snapshots.empty()) return plan_scan();
  const auto newest = *log_.snapshots.rbegin();
  read_file(disk_, files_.path(newest, file_kind::snapshot), largest_side_file,
            [this, newest](result<buffer_slice> content) {
              auto entries = content ? read_producer_snapshot(content->view())
                                     : result<std::vector<producer_snapshot_entry>>(content.failure());
              if (!entries) {
                say(log_level::warning, entries.failure().message + ": using an older one");
                log_.snapshots.erase(newest);
                return read_producers();
              }
              log_.producers.restore(*entries, now_.wall, options_.producer_expiration);
              producers_from_ = newest;
              plan_scan();
            });
}

}  // namespace klamm::broker::log
