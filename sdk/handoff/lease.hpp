// One partition's fetched records in the hands of one taker, decoded as the taker's loop passes them.
//
//   of the taker                          of others, under the queue's lock
//   -----------------------------------   -----------------------------------------------------------
//   current()   the record to process     passed()     the position: the first record not passed
//   pass()      it is processed           end()        a seek, a revocation or a loss: the rest is skipped
//   pass_all()  all of it is
//
// The position moves in pass(), after the loop's body, and when a run ends it moves on to where the fetch ended, past
// control batches and what compaction left out. The taker alone decodes, so a poll costs the network thread nothing. One batch at a
// time is decompressed, when the loop comes to it, and let go of when the loop has passed it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "client/fetch_sink.hpp"
#include "wire/batch_reader.hpp"
#include "wire/record_reader.hpp"

namespace klamm::handoff {

/// A place that was passed, with the epoch of the record before it.
struct passed_place {
  klamm::offset offset;
  klamm::leader_epoch leader_epoch;
  bool operator==(const passed_place&) const = default;
};

/// How many records the leases of one poll may still show; one taker's, so a plain number.
struct record_allowance {
  std::size_t left;
};

class lease {
 public:
  lease(topic_partition at, client::position_epoch epoch, passed_place from,
        std::vector<client::fetched_run> runs, std::size_t max_decompressed,
        std::shared_ptr<record_allowance> allowance);

  const topic_partition& partition() const { return at_; }
  client::position_epoch epoch() const { return epoch_; }

  /// The record to process next; null when there is none left, the lease has ended, or its batch cannot be read.
  const wire::record_view* current();
  /// Moves on from the current record.
  void pass();
  /// Moves on from everything that may be shown.
  void pass_all();

  /// The batch that current() lies in.
  const wire::batch_view& batch() const { return batch_; }
  /// What keeps the current record's bytes alive.
  const buffer_slice& frame() const { return records_.buffer(); }
  /// The epoch of the current record's leader.
  klamm::leader_epoch leader_epoch() const { return batch_epoch_; }
  klamm::offset high_watermark() const { return high_watermark_; }
  /// Why the batch at the position cannot be read.
  const std::optional<error>& failure() const { return failure_; }

  /// From any thread.
  passed_place passed() const;
  void end() { ended_.store(true, std::memory_order_release); }
  bool ended() const { return ended_.load(std::memory_order_acquire); }

  /// What was not passed, once the taker has let go.
  std::vector<client::fetched_run> take_rest();

 private:
  bool advance();
  bool open_batch();
  void close_batch();
  void finish_run();
  void fail(error_code code, std::string_view what);
  void move_to(offset next, klamm::leader_epoch epoch);

  const topic_partition at_;
  const client::position_epoch epoch_;
  const std::size_t max_decompressed_;
  const klamm::offset high_watermark_;
  const std::shared_ptr<record_allowance> allowance_;

  std::vector<client::fetched_run> runs_;
  std::size_t run_ = 0;         // the run that is being shown
  std::size_t next_batch_ = 0;  // in that run
  wire::batch_view batch_;
  wire::record_reader records_;
  wire::record_view record_;
  wire::compressor contexts_;
  klamm::leader_epoch batch_epoch_;
  bool in_batch_ = false;
  bool shown_ = false;  // record_ is the current record
  std::optional<error> failure_;

  // Written by the taker. The epoch is stored before its offset: a reader may pair an offset with a later epoch, which truncation
  // checks (KIP-320) take well, and never with an earlier one, which they would take for a truncated log.
  std::atomic<std::int64_t> passed_offset_;
  std::atomic<std::int32_t> passed_epoch_;
  std::atomic<bool> ended_{false};
};

}  // namespace klamm::handoff
