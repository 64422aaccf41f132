// What a coordinator (groups, transactions, share groups) stands on: one partition of an internal topic,
// whose leader this node is. The coordinator of that partition is a state machine over its records.
//
//   the coordinator                                        the partition
//   ----------------------------------------------------   ---------------------------------------------------
//   a command: checks everything that can refuse it, then  append(): one batch; every record of it is given to
//   appends the records that say what changed              replay() before append() returns the end offset
//   parks the reply, and effects that may leave only       on_committed(high watermark): what was parked at or
//   after commit, under that offset                        below it leaves (see commit_queue.hpp)
//   reads wait until the high watermark has passed the
//   last offset that touched what they read
//   ---                                                    leadership won: replay() of all, then on_loaded()
//   forgets its state; parked replies: NOT_COORDINATOR     leadership lost: on_unloaded()
//
// Hard state changes in replay() and nowhere else, so that a restart rebuilds it from the log alone.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace klamm::broker::coordinator {

/// A record to append. Without a value: a tombstone of its key.
struct new_record {
  std::vector<std::byte> key;
  std::optional<std::vector<std::byte>> value;
};

/// A record as replayed; the bytes are valid during the call.
struct replayed_record {
  klamm::offset offset;
  timestamp time;
  bytes_view key;
  std::optional<bytes_view> value;
  /// Set for a record of a transaction: it counts only if its producer's next end marker commits it.
  std::optional<producer_id> transaction;
};

class partition {
 public:
  virtual ~partition() = default;

  virtual partition_id id() const = 0;
  /// Appends `records` (at least one) as one batch stamped `now.wall`, replays them, and returns the offset
  /// after the last. Fails, having changed nothing, with NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS,
  /// RECORD_LIST_TOO_LARGE, NOT_ENOUGH_REPLICAS or KAFKA_STORAGE_ERROR.
  virtual result<offset> append(std::span<const new_record> records, instant now) = 0;
  /// Everything below is committed.
  virtual offset high_watermark() const = 0;
};

class state_machine {
 public:
  virtual ~state_machine() = default;

  virtual void replay(const replayed_record& record) = 0;
  /// The records of `producer` since its last marker are committed or aborted.
  virtual void replay_end_of_transaction(producer_id producer, bool committed) = 0;
  /// Everything in the log was replayed: commands may come. What was prepared but not finished is driven on
  /// now.
  virtual void on_loaded(instant now) = 0;
  virtual void on_committed(offset high_watermark, instant now) = 0;
  virtual void on_unloaded(instant now) = 0;
};

}  // namespace klamm::broker::coordinator
