// A batch that takes no more records: its body never changes again, whatever happens to the requests that
// carry it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/batch_header.hpp"
#include "wire/compression.hpp"

namespace klamm::wire {

/// The records as they travel, and what every header in front of them repeats.
struct sealed_batch {
  byte_chain body;
  std::uint32_t body_crc = 0;
  codec compressed_by = codec::none;
  std::int32_t record_count = 0;
  std::int32_t last_offset_delta = 0;
  timestamp base_timestamp{};
  timestamp max_timestamp{};
  /// Bytes of the body before compression.
  std::size_t plain_size = 0;

  /// Bytes on the wire, the header included.
  std::size_t encoded_size() const { return batch_header_size + body.size(); }
};

/// What is decided for one attempt to send a batch. Defaults: a batch without an idempotent producer.
struct batch_stamp {
  klamm::offset base_offset{0};
  leader_epoch partition_leader_epoch{};
  klamm::producer_id producer_id{};
  klamm::producer_epoch producer_epoch{};
  sequence base_sequence{};
  bool transactional = false;
  bool control = false;
};

/// The header of one attempt, its CRC combined from its own part and the body's.
batch_header header_of(const sealed_batch& batch, const batch_stamp& stamp);

/// A new buffer with the header, and the body shared behind it.
byte_chain stamped(const sealed_batch& batch, const batch_stamp& stamp);

/// The same records in the same order as at least two batches, each estimated to be at most `target_bytes` on
/// the wire and none empty, compressed like the whole. A batch's parts are smaller than it, so splitting
/// again and again ends. Fails with message_too_large where there is only one record.
result<std::vector<sealed_batch>> split(const sealed_batch& batch, std::size_t target_bytes,
                                        const compression& how, compressor& contexts);

}  // namespace klamm::wire
