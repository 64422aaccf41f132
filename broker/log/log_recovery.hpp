// Opens the directory of a log as it was left: by a clean stop, a kill, or a power cut.
//
//   step       does                                                                     then
//   --------   ----------------------------------------------------------------------   -------------------------------
//   list       sorts the files: segments, snapshots, and what was under way             tidy
//   tidy       .deleted .cleaned .tmp go; .swap takes its name (its segment is          epochs
//              rescanned, those that it replaces go); index files without a log go
//   epochs     reads leader-epoch-checkpoint; unreadable: rescans everything            aborted
//   aborted    reads .txnindex of the segments that are not rescanned                   producers
//   producers  reads the newest snapshot that can be read                               scan
//   scan       segment by segment, from the one with the recovery point (CRC, offsets,  settle
//              indexes, epochs, producers) or with the snapshot (producers only). After
//              a clean stop: from the last index entry of the last segment. Between two
//              it writes the producers' snapshot, as the roll from one to the other did
//   settle     truncates at the first bad batch of the tail, syncs what was scanned,    done
//              writes the indexes, removes what is behind the end
//
// A bad batch at or above the recovery point is taken for one that a crash left half written: it and what follows is cut. Below
// it, a batch whose length and offsets can be believed is kept and is refused when it is read; where they cannot, the log does not open,
// unless it is the first batch of a log that begins inside of it, where nothing else was synced.
// What is missing below it is said (load_hints::whole: keeps the log from opening). A log whose start is above its end
// begins anew, empty, at its start; after a clean stop that cannot be, and it does not open.
//
// Each segment has the snapshot of the producers that wrote before it: once those before it are deleted, nothing else tells of them.
// One behind the recovery point may count batches that are cut now, so it is made anew, as in Kafka's recovery.
#pragma once

#include <set>
#include <string>

#include "base/log_sink.hpp"
#include "broker/log/leader_epochs.hpp"
#include "broker/log/log_environment.hpp"
#include "broker/log/producer_state.hpp"
#include "broker/log/segment_files.hpp"
#include "broker/log/segment_scan.hpp"

namespace klamm::broker::log {

struct recovered_log {
  segment_list segments;
  leader_epochs epochs;
  producer_state producers;
  std::set<offset> snapshots;  // of producers, by the offset that they are as of
  offset start;
};

class log_recovery {
 public:
  using handler = unique_function<void(result<void>)>;

  log_recovery(disk_client& disk, segment_files& files, const log_options& options, const load_hints& hints,
               log_environment& environment, instant now);

  /// `done` is told once; then found() is the log.
  void run(done_handler done);
  recovered_log& found() { return log_; }

 private:
  void sort_files(const std::vector<directory_entry>& entries);
  void tidy();
  void read_epochs();
  void look_at_front();
  void read_aborted_from(std::size_t at);
  void read_producers();
  void plan_scan();
  void look_for_gaps();
  std::string missing_behind(offset base, offset from, offset to) const;
  void scan_segment();
  void scan_from(std::uint64_t position);
  scan_step take(segment& in, const wire::batch_view& batch, std::uint64_t at, bool intact);
  void follow(segment& in, const wire::batch_view& batch);
  void scanned(const scan_result& how);
  void go_on();
  void drop_replaced();
  void cut_here(const scan_result& how);
  void settle();
  bool was_empty() const;
  error contradiction(offset end) const;
  void begin_anew();
  void settle_directory(gathering& all);
  void finish();
  bool verifying() const { return at_ >= first_verified_; }
  void rescan_from(offset at);
  bool check(result<void>& step);
  bool bear(const std::string& what);
  void say(log_level level, const std::string& what);

  disk_client& disk_;
  segment_files& files_;
  const log_options& options_;
  load_hints hints_;
  log_environment& environment_;
  instant now_;
  const bool left_cleanly_;
  offset scan_start_;
  done_handler done_;
  recovered_log log_;

  std::string epochs_found_;           // the file's text
  std::vector<std::string> unwanted_;  // names to remove
  std::vector<std::string> swaps_;     // names ending in .swap to rename
  std::set<offset> swapped_;           // bases of segments that took their place just now
  std::set<offset> txnindexes_;
  offset producers_from_{0};  // the producers' state is as of here
  std::size_t first_verified_ = 0;
  std::size_t at_ = 0;  // the segment that is being scanned
  std::uint64_t scanned_from_ = 0;
  offset intact_end_{0};            // behind the last batch of it that is not damaged
  std::uint64_t intact_up_to_ = 0;  // the same, in bytes
  segment_list gone_;               // what lay below the start of a log that begins anew
};

}  // namespace klamm::broker::log
