// What the sender drains: the partitions' batches, in the order in which their slots were taken. Implemented
// by the hand-off, where application threads fill them; called by the I/O thread only. No call blocks, and
// none re-enters the machine.
//
//   open -> closed -> sealing -> ready -> drained (in the sender's hands) -> resolved
//                                                     |-> split: its children take its place
//
// A batch is resolved exactly once: acknowledged, failed, or replaced by its children. The sender may hold
// several of a partition; it resolves them in order. The bytes belong to whoever still shares them (source,
// socket, completion): a batch that is resolved while its request is in flight keeps its memory until the
// socket has let go of it too.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace klamm::wire {
struct sealed_batch;
}

namespace klamm::client {

/// Names a partition within one batch_source: dense from 0, never reused.
using partition_slot = strong_id<struct partition_slot_tag, std::int32_t>;

/// One ready batch in the sender's hands. Destroying it unresolved fails its records with `closed`.
class drained_batch {
 public:
  virtual ~drained_batch() = default;

  /// The immutable body, its checksum and counts. Valid until this object dies.
  virtual const wire::sealed_batch& sealed() const = 0;
  /// When the first record was appended: delivery_timeout counts from here.
  virtual time_point opened() const = 0;

  /// The broker has the records, the first at `base`; -1 where it did not say (acks 0, a duplicate it no
  /// longer remembers). `log_append_time` is -1 unless the topic's timestamps are the broker's.
  virtual void acknowledged(offset base, timestamp log_append_time) = 0;
  virtual void failed(const error& why) = 0;

  /// Splits into batches of the same records in the same order, each estimated to be at most `target_bytes`
  /// compressed, and at least two. Fails for a batch of one record. This batch is then resolved: flush and
  /// deliveries wait for the children.
  virtual result<std::vector<std::unique_ptr<drained_batch>>> split(std::size_t target_bytes) = 0;
};
using batch_ptr = std::unique_ptr<drained_batch>;

/// What lies in a source, and what ever came to it.
struct source_load {
  /// Taken and not drained.
  struct waiting {
    std::size_t records = 0, bytes = 0;
  };

  /// What all records that are not resolved take, and may take; who waits for some of it.
  std::size_t memory_used = 0, memory_limit = 0, waiting_senders = 0;
  /// Records: from the application, with an outcome, and those whose outcome is a failure.
  std::uint64_t taken = 0, resolved = 0, failed = 0;
  std::vector<waiting> partitions;  // by slot
};

class batch_source {
 public:
  virtual ~batch_source() = default;

  virtual const topic_partition& partition(partition_slot slot) const = 0;

  /// Appends each slot that became drainable since the last call, once, in the order in which that happened.
  /// What is due at `now` by linger, and everything under a flush, is closed on the way (and reported later
  /// if its sealing takes a while).
  virtual void collect_ready(time_point now, std::vector<partition_slot>& out) = 0;
  /// When collect_ready would next find something by time alone; `never` if only an appender's wake-up can
  /// bring it.
  virtual time_point next_linger() const = 0;

  /// The size on the wire of the batch that drain would give; 0: the first slot is not ready.
  virtual std::size_t front_bytes(partition_slot slot) const = 0;
  /// The partition's oldest batch, or null if its first slot is not ready.
  virtual batch_ptr drain(partition_slot slot) = 0;

  /// The time at which the oldest batch that is not drained yet was opened; `never` without one.
  virtual time_point oldest_opened() const = 0;
  /// Fails every batch not drained yet that was opened at or before `limit`: none of its bytes were ever
  /// sent.
  virtual void expire(time_point limit, const error& why) = 0;
  /// Fails what the partition has, drained batches apart: its topic does not exist or may not be written.
  virtual void fail(partition_slot slot, const error& why) = 0;
  /// Fails everything that is not drained, and from now on every append.
  virtual void shut(const error& why) = 0;

  virtual source_load load() const = 0;
};

}  // namespace klamm::client
