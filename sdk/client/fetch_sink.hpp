// Where the consumer's machines deliver: fetched records, positions, rebalances, errors. Implemented by the
// hand-off, where application threads take them; called by the I/O thread only. No call blocks, and none
// re-enters the machine.
//
// Positions. The fetch position (what is asked next) is the machine's; the consumer's position (what the loop
// has passed) is the hand-off's. A `position_epoch` tells one life of a partition's position from the next:
// `assigned` starts one, each seek and each truncation another. Runs and positions carry the epoch they were fetched for;
// the sink drops those of an earlier one.
//
// Memory. The sink counts bytes not yet delivered against the prefetch budget; `room()` is what is left. The
// fetcher never has more requested than room() allows (one response that must make progress apart), and is
// told `client_core::room_freed` when the loop has drained enough to fetch again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace klamm::client {

/// Counts the lives of one partition's position: assignments, seeks and truncations.
using position_epoch = strong_position<struct position_epoch_tag, std::int64_t>;

/// Whole record batches of one partition, in offset order, as views into the received frame.
struct fetched_run {
  topic_partition at;
  position_epoch epoch;
  /// What was asked for. Records below it (the front of the first batch) are not for the application.
  klamm::offset from;
  /// The position once everything here was passed. Beyond the last record where control batches, aborted
  /// transactions or compaction left nothing to deliver; so a run may have no batch at all and still move the
  /// position.
  klamm::offset next;
  /// Each one batch (magic 2) or one message-set entry (magic 0, 1), neither control nor aborted.
  std::vector<buffer_slice> batches;
  /// What the frame costs: counted against the budget until this run has been taken.
  std::size_t bytes = 0;
  klamm::offset high_watermark, last_stable_offset, log_start;
  /// The leader's epoch at the fetch, for the position that is committed; -1: not known.
  klamm::leader_epoch leader_epoch;
  /// In the batches.
  std::size_t records = 0;
};

/// A change of the group's assignment. `lost`: others may own the partitions already, nothing can be
/// committed for them.
struct rebalance_event {
  enum class kind { assigned, revoked, lost };
  std::uint64_t id = 0;
  kind what{};
  std::vector<topic_partition> partitions;
};

struct committed_offset;

/// Where one life of a partition's position starts.
struct fetch_start {
  position_epoch epoch;
  klamm::offset offset;
  /// Of the record before it; -1: not known.
  klamm::leader_epoch leader_epoch;
};

/// What lies in a sink.
struct sink_load {
  struct partition {
    topic_partition at;
    /// The first record that no loop has passed; the others as last fetched.
    offset position, high_watermark, last_stable, log_start;
    std::size_t records = 0, bytes = 0;  // that wait
  };

  /// Fetched and not handed out, of the prefetch budget; handed out and not given back.
  std::size_t waiting_bytes = 0, budget = 0, leased_bytes = 0;
  bool by_transactions = false;       // positions are committed by these alone
  std::vector<partition> partitions;  // ascending
};

class fetch_sink {
 public:
  virtual ~fetch_sink() = default;

  /// Bytes that may still be fetched.
  virtual std::size_t room() const = 0;
  /// The partitions that have less than their fair share waiting, so that they should be fetched: ascending, and where they are
  /// until one is unassigned.
  virtual std::vector<const topic_partition*> hungry() const = 0;

  /// The partition is fetched from now on; its first position epoch is the answer.
  virtual position_epoch assigned(const topic_partition& at) = 0;
  /// The partition is gone: what it has waiting is dropped, leases on it end.
  virtual void unassigned(const topic_partition& at) = 0;

  /// Where fetching starts, found from a committed offset or by reset.
  virtual void positioned(const topic_partition& at, position_epoch epoch, offset start,
                          leader_epoch leader) = 0;
  /// The log ends at `end`, where `leader` was its last epoch, and some of what was fetched in that life is gone. What waits is
  /// dropped, and another life starts at the consumer's position, or at `end` if that is past it: the answer. Nothing: a seek
  /// has started one already.
  virtual std::optional<fetch_start> truncated(const topic_partition& at, position_epoch epoch, offset end,
                                               leader_epoch leader) = 0;
  virtual void deliver(fetched_run run) = 0;
  /// For the lag of a partition that has nothing new.
  virtual void watermarks(const topic_partition& at, offset high_watermark, offset last_stable,
                          offset log_start) = 0;
  /// The next poll throws this. With a partition: its fetching has stopped until a seek. Without: the subscription.
  virtual void failed(const std::optional<topic_partition>& at, position_epoch epoch, const error& why) = 0;
  /// The consumer is out of its group until it subscribes again: the next poll throws this, and so does every poll that has nothing
  /// to hand out. Null: it has.
  virtual void out_of_group(const std::optional<error>& why) = 0;

  /// To be shown to the application by its next poll, in this order; each is answered by
  /// client_core::rebalance_done(id). The next comes only after that answer, so two never overlap. That of `lost` waits for a
  /// poll: a consumer that was thrown out since it stopped polling must not get its partitions back before it polls again.
  virtual void rebalance(const rebalance_event& event) = 0;
  /// What no poll has shown yet is not to be shown: the application has given everything up itself.
  virtual void withdraw_rebalance() {}
  /// Since when something (records, a rebalance) has been waiting for a poll, or taken and not passed; `never` while nothing has.
  /// max_poll_interval counts from here.
  virtual time_point waiting_since() const = 0;
  /// The positions that may be committed without the loop saying so.
  virtual std::vector<committed_offset> settled() const = 0;

  virtual sink_load load() const = 0;
};

}  // namespace klamm::client
