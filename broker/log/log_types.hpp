// What is said to a log and heard from it: options, appends, reads, look-ups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "wire/messages/aborted_txn.hpp"

namespace klamm::broker::log {

/// When bytes count as written.
///   os   the operating system has them: safe against the death of the process, not of the machine (Kafka's default)
///   ack  they are synced: safe against power loss; one sync covers all that was appended while the last one ran
enum class fsync_mode { os, ack };

/// A topic's configuration as far as its logs follow it, in Kafka's names and defaults.
struct log_options {
  fsync_mode fsync = fsync_mode::os;
  std::int32_t segment_bytes = 1 << 30;  // segment.bytes
  millis segment_ms =
      std::chrono::hours(24 * 7);            // segment.ms, by the records' timestamps as they are appended
  millis segment_jitter_ms{0};               // segment.jitter.ms: at most so much earlier, drawn per segment
  std::int32_t index_interval_bytes = 4096;  // index.interval.bytes
  std::int32_t segment_index_bytes = 10 << 20;  // segment.index.bytes
  std::int64_t flush_messages = INT64_MAX;      // flush.messages: sync at the latest after so many offsets
  std::int64_t retention_bytes = -1;            // retention.bytes; -1: no limit
  millis retention_ms = std::chrono::hours(24 * 7);     // retention.ms; -1 ms: no limit
  bool delete_old = true;                               // cleanup.policy has "delete"
  millis producer_expiration = std::chrono::hours(24);  // producer.id.expiration.ms
};

/// Who appends: what is checked differs.
///   client       sequences and epochs are checked (KIP-98, KIP-360)
///   coordinator  end markers of transactions: the producer epoch only
///   quorum       a log of records without producers: nothing
enum class append_origin { client, coordinator, quorum };

struct append_info {
  offset first;
  offset last;
  /// The batch repeats one of the producer's last five: nothing was written, the offsets are the first copy's.
  bool duplicate = false;
};

/// What may be read: from the batch that holds `from` on, whole batches whose last offset is below `up_to`.
struct read_spec {
  offset from;
  offset up_to;
  std::size_t max_bytes = 0;
  bool at_least_one = true;  // a first batch above max_bytes is given all the same
};

struct read_result {
  byte_chain batches;            // whole batches; the first may start before `from`
  offset next;                   // where the following read starts; `from` if nothing was read
  std::uint64_t generation = 0;  // of the log: a truncation since then makes the bytes history
};

struct timestamp_offset {
  klamm::timestamp timestamp;
  klamm::offset offset;
  klamm::leader_epoch leader_epoch;
  bool operator==(const timestamp_offset&) const = default;
};

/// A transaction that was aborted, as a Fetch response of read_committed lists it.
/// `last_offset` is its marker's, `last_stable_offset` that of when the marker was written.
using aborted_transaction = wire::aborted_txn;

struct epoch_end {
  leader_epoch epoch;  // -1: none is known
  offset end;          // -1: none is known
  bool operator==(const epoch_end&) const = default;
};

using done_handler = unique_function<void(result<void>)>;
using read_handler = unique_function<void(result<read_result>)>;
using lookup_handler = unique_function<void(result<std::optional<timestamp_offset>>)>;

}  // namespace klamm::broker::log
