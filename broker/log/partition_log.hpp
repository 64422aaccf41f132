// The log of one partition (or of the metadata quorum): append, read, truncate, forget. It holds what one directory
// `topic-N` holds, and speaks to the disk in effects only.
//
//   state        appends      reads                          leaves it by
//   ----------   ----------   ----------------------------   ------------------------------------------------------------
//   idle         refused      refused                        create() or load()
//   loading      refused      refused                        recovery's end: open, or offline
//   open         taken        memory at once, disk later     truncate_to(), restart_at(), close(), remove(), a failed disk
//   truncating   refused      wait until it is over          its end: open, the generation one higher; remove() waits too
//   closed       refused      refused                        a failed disk
//   offline      refused      refused                        nothing: the directory has to be opened anew
//
// Offsets: start() <= ... <= flushed_end() <= written_end() <= end(). What the fsync mode counts as written is durable_end().
// A record is copied once, into the tail; the disk write and readers share those bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "broker/log/leader_epochs.hpp"
#include "broker/log/log_environment.hpp"
#include "broker/log/log_recovery.hpp"
#include "broker/log/log_types.hpp"
#include "broker/log/log_writer.hpp"
#include "broker/log/producer_state.hpp"
#include "broker/log/segment_reader.hpp"

namespace klamm::broker::log {

class partition_log final : private log_writer::owner {
 public:
  enum class state { idle, loading, open, truncating, closed, offline };

  partition_log(log_environment& environment, log_identity identity, const log_options& options,
                log_listener& listener);
  ~partition_log() override;

  /// Makes the directory with one empty segment that starts at `start`.
  void create(offset start, instant now, done_handler done);
  /// Opens what is there: finishes interrupted renames, and unless it was left cleanly scans from the recovery point,
  /// truncates at the first bad batch of the tail, and syncs the rest. Fails with kafka_storage_error where bytes below
  /// the recovery point are damaged so that what follows cannot be told.
  void load(const load_hints& hints, instant now, done_handler done);
  /// Syncs everything and leaves what a clean start needs: indexes, a producer snapshot, epochs. The checkpoints and the
  /// clean marker are the data directory's.
  void close(done_handler done);
  /// Closes the log at once; when a truncation, readers and writes that are under way have ended, renames the directory to
  /// `topic-N.<uuid>-delete`, and removes it.
  void remove(const uuid& unique, done_handler done);
  /// Renames the directory to `topic-N.<uuid>-stray` and leaves it alone from then on.
  void set_aside(const uuid& unique, done_handler done);
  /// Gives the log up without touching the disk: its directory is lost.
  void go_offline(const error& why) { on_failed(why); }
  void set_options(const log_options& options) { options_ = options; }
  const log_options& options() const { return options_; }

  /// Appends one validated batch of magic 2: sets its base offset and leader epoch. Fails with
  /// out_of_order_sequence_number, invalid_producer_epoch (of a client), transaction_coordinator_fenced (of a
  /// coordinator), or kafka_storage_error.
  result<append_info> append_as_leader(bytes_view batch, leader_epoch epoch, append_origin origin,
                                       instant now);
  /// Appends batches as the leader of epoch `of` has them. Fails with corrupt_message for a bad CRC, offsets that do not go up,
  /// or a later epoch.
  result<append_info> append_as_follower(bytes_view batches, leader_epoch of, instant now);
  /// `done` is called when everything appended so far is synced, in either mode.
  void flush(done_handler done);

  /// `done` may be called before this returns (what memory holds) or by a later completion. Fails with
  /// offset_out_of_range below start() and above end(), corrupt_message for bytes that are damaged on disk,
  /// kafka_storage_error.
  void read(const read_spec& spec, read_handler done);
  /// The first record whose timestamp is at least `at`, below `up_to`.
  void find_timestamp(timestamp at, offset up_to, lookup_handler done);
  /// The record with the largest timestamp, below `up_to` (ListOffsets -3).
  void find_max_timestamp(offset up_to, lookup_handler done);

  /// Forgets what is at or behind `to`. `done` when the disk has it. Waits for reads that are under way.
  void truncate_to(offset to, done_handler done);
  /// Forgets everything, and starts again, empty, at `start` (a follower below the leader's start; a snapshot). The first batch
  /// may begin in front of that, at `base`, where the leader's start lies inside of a batch.
  void restart_at(offset start, offset base, done_handler done);
  void restart_at(offset start, done_handler done) { restart_at(start, start, std::move(done)); }
  /// Where the next batch of a leader may begin.
  offset takes_from() const {
    return start_ == end_ && segments_.back()->size == 0 ? segments_.back()->base : end_;
  }
  /// Records below `start` are no longer served (DeleteRecords, a snapshot); their segments go when they are whole.
  result<void> advance_start(offset start);
  /// Forgets producers that have written nothing for producer.id.expiration.ms.
  void expire_producers(instant now) { producers_.expire(now.wall, options_.producer_expiration); }
  /// Deletes segments by age and size, never above the high watermark.
  void apply_retention(instant now);

  /// Becoming leader: the epoch starts here even if nothing is ever written in it (KAFKA-7415).
  void begin_epoch(leader_epoch epoch);
  /// The largest epoch <= `epoch` that has records, and where it ends (KIP-279). (-1, -1) if none is known.
  epoch_end end_for_epoch(leader_epoch epoch) const { return epochs_.end_for(epoch, end_); }
  leader_epoch latest_epoch() const { return epochs_.latest(); }

  /// The replica layer's high watermark: bounds retention and the last stable offset.
  void set_high_watermark(offset to);
  offset high_watermark() const { return high_watermark_; }
  /// Below it every transaction is decided and replicated.
  offset last_stable_offset() const;
  /// Aborted transactions that overlap [from, up_to).
  std::vector<aborted_transaction> aborted_in(offset from, offset up_to) const;
  /// Whether the producer has a transaction open here (a Produce of an old client asks, KIP-890).
  bool in_transaction(producer_id id) const { return producers_.in_transaction(id); }

  state current_state() const { return state_; }
  offset start() const { return start_; }
  /// What the start is even after a crash: below it, while a truncation to there is under way.
  offset lasting_start() const { return std::min(start_, truncating_to_.value_or(start_)); }
  /// Up to where the records are gone for good: the disk has it. At or below start().
  offset durable_start() const { return durable_start_; }
  /// A checkpoint with this start is on the disk.
  void start_is_durable(offset start);
  offset end() const { return end_; }
  offset written_end() const { return writer_.written_end(); }
  offset flushed_end() const { return writer_.flushed_end(); }
  offset durable_end() const { return waits_for_sync() ? flushed_end() : written_end(); }
  /// What recovery may start from: synced, and its epochs and indexes too.
  offset recovery_point() const;
  /// Of a closed segment something is not synced yet.
  bool closes_segment() const { return !segments_.empty() && recovery_point() < segments_.back()->base; }
  std::uint64_t generation() const { return generation_; }
  std::uint64_t size_bytes() const;
  std::uint64_t unflushed_bytes() const { return writer_.unflushed_bytes(); }
  /// Each has a file open for writing.
  std::size_t unsynced_segments() const { return writer_.unsynced_segments(); }
  std::size_t segment_count() const { return segments_.size(); }
  std::size_t producer_count() const { return producers_.size(); }
  const log_identity& identity() const { return identity_; }
  const std::string& directory() const { return files_.directory(); }

 private:
  bool waits_for_sync() const {
    return options_.fsync == fsync_mode::ack && !fires(environment_.faults, "log.trust_page_cache");
  }
  void on_written() override;
  void on_flushed() override;
  void on_failed(const error& why) override;

  void tell_durable();
  error refusal(std::string_view what) const;
  void open_with(recovered_log found, offset high_watermark);
  void start_segment(offset base, timestamp now);
  void write_identity(done_handler done);
  void retire(const std::string& name, done_handler done);
  void write_what_a_clean_start_reads(done_handler done);
  void say(log_level level, const std::string& what) const;

  // Appending: partition_log_append.cpp.
  void roll(offset base, instant now);
  void roll_if_full(const wire::batch_header& batch, instant now);
  void place(bytes_view batch, const wire::batch_header& header,
             const std::optional<wire::transaction_marker>& marker, instant now);
  void write_snapshot(done_handler done);
  void epochs_changed(offset from);
  void write_epochs();
  /// Keeps the recovery point at or below `from` until the returned handler is told that a side file is written.
  done_handler hold_recovery_point(offset from);
  /// What a side file's replacement is to tell: `done` is told once its name is on the disk as well.
  done_handler once_named(done_handler done);

  // Truncating: partition_log_truncate.cpp.
  bool quiet() const;
  void when_quiet(done_handler done);
  void poll_quiet();
  void truncate_quiet(offset to, done_handler done);
  void cut_segment(const segment_ptr& last, offset to, done_handler done);
  void restart_quiet(offset start, offset base, done_handler done);
  void forget_from(offset to);
  void rebuild_producers(done_handler done);
  void begin_truncation(offset to, done_handler ready);
  void finish_truncation(result<void> how, done_handler& done);
  void replay_producers(std::size_t at, offset from, done_handler done);
  void drop_segments_below(offset start);
  void remove_dropped();

  log_environment& environment_;
  log_identity identity_;
  log_options options_;
  log_listener& listener_;
  disk_client disk_;
  segment_files files_;
  segment_list segments_;
  log_writer writer_;
  log_tail tail_;
  segment_reader reader_;
  leader_epochs epochs_;
  producer_state producers_;
  std::unique_ptr<log_recovery> recovery_;
  state state_ = state::idle;
  offset start_{0}, durable_start_{0};
  offset end_{0};
  offset high_watermark_{0};
  std::uint64_t generation_ = 0;
  std::multiset<offset> held_;  // see hold_recovery_point()
  std::set<offset> snapshots_;  // the producers' snapshots that are on disk
  bool writing_epochs_ = false;
  std::optional<offset> epochs_stale_;  // where the first epoch starts that the file does not have
  segment_list dropped_;  // to be removed when the disk has what tells of them: see remove_dropped()
  std::vector<unique_function<void()>> when_open_;  // what waits for a truncation
  std::vector<done_handler> quiet_waiters_;
  std::optional<offset> truncating_to_;
};

}  // namespace klamm::broker::log
