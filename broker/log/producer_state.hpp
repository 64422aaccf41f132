// What a log knows of those who write to it: sequences for idempotence (KIP-98, KIP-360), open transactions, and from
// them the last stable offset and the aborted transactions.
//
// A client's batch, against the producer's entry:
//
//   epoch                first sequence                          answer
//   ------------------   -------------------------------------   -------------------------------------------------
//   no entry             any                                     append (the entry may have expired)
//   below the entry's    any                                     invalid_producer_epoch
//   above                0                                       append, earlier batches forgotten
//   above                not 0                                   out_of_order_sequence_number
//   the same             first and last are one of the last 5    duplicate: the first copy's offsets
//   the same             the last one's + 1 (2^31-1 -> 0)        append
//   the same             another                                 out_of_order_sequence_number
//
// A marker of a coordinator: a lower producer epoch is invalid_producer_epoch, a lower coordinator epoch
// transaction_coordinator_fenced; the marker of an equal epoch repeats itself and succeeds.
//
// A transaction is undecided until its marker is below the high watermark: a leader that is deposed may lose the marker.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "base/sequence.hpp"
#include "broker/log/log_types.hpp"
#include "wire/batch_header.hpp"
#include "wire/control_record.hpp"
#include "wire/messages/producer_snapshot.hpp"

namespace klamm::broker::log {

/// One producer in a snapshot.
using producer_snapshot_entry = wire::producer_snapshot::producer_entry;

class producer_state {
 public:
  /// Whether the batch may be appended; nothing is changed. A value: it is a duplicate of what lies there.
  result<std::optional<append_info>> check(const wire::batch_header& batch, append_origin origin,
                                           const std::optional<wire::transaction_marker>& marker) const;
  /// Follows a batch that was appended, or is read back, at `seen`. Returns the transaction that its marker aborted.
  std::optional<aborted_transaction> apply(const wire::batch_header& batch,
                                           const std::optional<wire::transaction_marker>& marker,
                                           timestamp seen);

  /// The first offset of a transaction that is open, or decided by a marker at or above the high watermark.
  std::optional<offset> first_undecided() const;
  void set_high_watermark(offset to);
  bool in_transaction(producer_id id) const;

  /// Forgets producers that wrote nothing for so long and have nothing open.
  void expire(timestamp now, millis after);
  void clear();
  std::size_t size() const { return producers_.size(); }

  /// By producer id, and for each its last batches, the newest last: Kafka, which keeps that one alone, takes the last entry of an id.
  /// Without the others a batch that comes again behind a restart could not be told from one that was never written.
  std::vector<producer_snapshot_entry> snapshot() const;
  /// Replaces the state, from a snapshot of ours or of Kafka; entries that expired are left out.
  void restore(const std::vector<producer_snapshot_entry>& entries, timestamp now, millis expiration);

 private:
  struct written_batch {
    sequence last;
    offset last_offset;
    std::int32_t offset_delta = 0;
    sequence first() const;
  };
  struct producer {
    producer_epoch epoch;
    std::array<written_batch, 5> batches;  // the newest is at (next - 1)
    std::uint8_t count = 0;
    std::uint8_t next = 0;
    std::int32_t coordinator_epoch = -1;
    offset transaction_start;
    timestamp
        last_timestamp;  // of its records, or when they came: who writes of the past is there all the same

    void remember(const written_batch& batch);
    const written_batch* newest() const;
    /// The i-th of those that are known, from the oldest on. Precondition: i < count.
    const written_batch& known(std::size_t i) const;
    void enter_epoch(producer_epoch to);
  };

  result<std::optional<append_info>> check_sequence(const producer& known,
                                                    const wire::batch_header& batch) const;

  std::unordered_map<producer_id, producer> producers_;
  std::map<offset, producer_id> open_;     // transactions by their first offset
  std::map<offset, offset> unreplicated_;  // decided ones: first offset -> their marker's
};

/// The file `.snapshot`: ProducerSnapshot behind its version, with the CRC-32C of what follows the CRC.
std::vector<std::byte> write_producer_snapshot(const std::vector<producer_snapshot_entry>& entries);
/// Fails with kafka_storage_error.
result<std::vector<producer_snapshot_entry>> read_producer_snapshot(bytes_view bytes);

/// The file `.txnindex`: AbortedTxn after AbortedTxn, each behind its version.
std::vector<std::byte> write_aborted(const std::vector<aborted_transaction>& transactions);
/// Fails with kafka_storage_error.
result<std::vector<aborted_transaction>> read_aborted(bytes_view bytes);

}  // namespace klamm::broker::log
