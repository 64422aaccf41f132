// What a broker does with the records of a Produce request: checks them without building an object for any,
// and prepares them for the log.
//
//   in the bytes                                                      answer
//   ---------------------------------------------------------------   ---------------------------------------
//   no batch, several, or a batch that goes on beyond the bytes       INVALID_RECORD
//   magic 0 or 1                                                      INVALID_RECORD
//   another magic; shorter than a header; wrong CRC                   CORRUPT_MESSAGE
//   larger than max_batch_size                                        MESSAGE_TOO_LARGE
//   base offset not 0; control batch; producer id without an epoch    INVALID_RECORD
//   or a sequence; count not last offset delta + 1, or not positive
//   unknown codec; zstd where the request's version is below 7        UNSUPPORTED_COMPRESSION_TYPE
//   compressed bytes that are damaged or hold more than               INVALID_RECORD (never a retriable error)
//   max_plain_size
//   record, header, key or value overrun; other records than          INVALID_RECORD
//   counted; offset deltas that are not 0, 1, 2...; no key where
//   keys are needed
//   a timestamp outside of the allowed range (CreateTime only)        INVALID_TIMESTAMP
//   a greatest timestamp that is not the records'                     none: it is put right, since retention, rolling and lookups
//                                                                     by time go by it
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/batch_header.hpp"
#include "wire/batch_reader.hpp"
#include "wire/compression.hpp"

namespace klamm::wire {

/// What a topic's configuration and the request's version ask of a batch.
struct produce_rules {
  std::size_t max_batch_size = 1048588;
  std::size_t max_plain_size = std::size_t{256} << 20;
  bool zstd_allowed = true;
  bool keys_needed = false;
  bool log_append_time = false;
  /// The earliest and latest timestamps that a producer may give. Records without one (-1) are always taken.
  timestamp earliest = timestamp(INT64_MIN);
  timestamp latest = timestamp(INT64_MAX);
};

/// A batch that was found good. Shares the request's buffer; only its header is written anew.
class produced_batch {
 public:
  const batch_header& header() const { return header_; }
  const buffer_slice& body() const { return body_; }
  /// Whether the header is another one than the producer's.
  bool changed() const { return changed_; }

  /// Gives the batch its place in the log and, with `append_time`, its LogAppendTime.
  void assign(klamm::offset base_offset, leader_epoch epoch, std::optional<timestamp> append_time);
  /// Compresses the records with another codec (`compression.type` of the topic).
  result<void> recompress(const compression& how, compressor& contexts, std::size_t max_plain_size);
  /// The batch as the log has it: a header of its own, and the body shared.
  byte_chain bytes() const;

 private:
  friend result<produced_batch> validate_produced(const buffer_slice&, const produce_rules&, compressor&);
  void renew_crc();

  batch_header header_;
  buffer_slice body_;
  std::uint32_t body_crc_ = 0;
  bool changed_ = false;
};

/// Checks what a producer sent for one partition against the table above.
result<produced_batch> validate_produced(const buffer_slice& records, const produce_rules& rules,
                                         compressor& contexts);

/// Overwrites base offset and leader epoch of an encoded batch: both lie outside of the CRC.
void assign_in_place(std::byte* batch, klamm::offset base_offset, leader_epoch epoch);

}  // namespace klamm::wire
