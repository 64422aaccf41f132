// The log of one partition (or of the metadata quorum): append, read, truncate, forget. It holds what one directory
// `topic-N` holds, and speaks to the disk in effects only.
//
//   state        appends      reads                          leaves it by
//   ----------   ----------   ----------------------------   ------------------------------------------------------------
//   idle         refused      refused                        create() or load()
//   loading      refused      refused                        recovery's end: open, or offline
//   open         taken        memory at once, disk later     truncate_to(), restart_at(), close(), remove(), a failed disk
//   truncating   refused      wait until it is over          its end: open, the generation one higher
//   closed       refused      refused
//   offline      refused      refused                        nothing: the directory has to be opened anew
//
// Offsets: start() <= ... <= flushed_end() <= written_end() <= end(). What the fsync mode counts as written is durable_end().
// A record is copied once, into the tail; the disk write and readers share those bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "broker/log/log_environment.hpp"
#include "broker/log/log_types.hpp"

namespace klamm::broker::log {

class partition_log {
 public:
  enum class state { idle, loading, open, truncating, closed, offline };

  partition_log(log_environment& environment, log_identity identity, log_options options,
                log_listener& listener);
  ~partition_log();

  /// Makes the directory with one empty segment that starts at `start`.
  void create(offset start, instant now, done_handler done);
  /// Opens what is there: finishes interrupted renames, and unless it was left cleanly scans from the recovery point,
  /// truncates at the first bad batch of the tail, and syncs the rest. Fails with kafka_storage_error where bytes below
  /// the recovery point are damaged so that what follows cannot be told.
  void load(const load_hints& hints, instant now, done_handler done);
  /// Syncs everything and leaves what a clean start needs: indexes, a producer snapshot, epochs. The checkpoints and the
  /// clean marker are the data directory's.
  void close(done_handler done);
  /// Renames the directory to `topic-N.<uuid>-delete` at once and removes it when its last reader has gone.
  void remove(const uuid& unique, done_handler done);
  void set_options(const log_options& options);

  /// Appends one validated batch of magic 2: sets its base offset and leader epoch. Fails with
  /// out_of_order_sequence_number, invalid_producer_epoch (of a client), transaction_coordinator_fenced (of a
  /// coordinator), or kafka_storage_error.
  result<append_info> append_as_leader(bytes_view batch, leader_epoch epoch, append_origin origin,
                                       instant now);
  /// Appends batches as the leader has them. Fails with corrupt_message for a bad CRC or offsets that do not go up.
  result<append_info> append_as_follower(bytes_view batches, instant now);
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
  /// Forgets everything, and starts again, empty, at `start` (a follower below the leader's start; a snapshot).
  void restart_at(offset start, done_handler done);
  /// Records below `start` are no longer served (DeleteRecords, a snapshot); their segments go when they are whole.
  result<void> advance_start(offset start);
  /// Deletes segments by age and size, never above the high watermark. Returns how many.
  int apply_retention(instant now);

  /// Becoming leader: the epoch starts here even if nothing is ever written in it (KAFKA-7415).
  void begin_epoch(leader_epoch epoch);
  /// The largest epoch <= `epoch` that has records, and where it ends (KIP-279). (-1, -1) if none is known.
  epoch_end end_for_epoch(leader_epoch epoch) const;
  leader_epoch latest_epoch() const;

  /// The replica layer's high watermark: bounds retention and the last stable offset.
  void set_high_watermark(offset to);
  offset high_watermark() const;
  /// Below it every transaction is decided and replicated.
  offset last_stable_offset() const;
  /// Aborted transactions that overlap [from, up_to).
  std::vector<aborted_transaction> aborted_in(offset from, offset up_to) const;
  /// Whether the producer has a transaction open here (a Produce of an old client asks, KIP-890).
  bool in_transaction(producer_id id) const;

  state current_state() const;
  offset start() const;
  offset end() const;
  offset written_end() const;
  offset flushed_end() const;
  offset durable_end() const;
  /// What recovery may start from: synced, and its epochs and snapshots too.
  offset recovery_point() const;
  std::uint64_t generation() const;
  std::uint64_t size_bytes() const;
  std::uint64_t unflushed_bytes() const;
  const log_identity& identity() const;
  const std::string& directory() const;
};

}  // namespace klamm::broker::log
