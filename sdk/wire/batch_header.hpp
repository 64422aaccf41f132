// The header of a record batch of magic 2 (KIP-98), 61 bytes:
//
//   at  bytes  field                     in the CRC
//   --  -----  -----------------------   ----------
//    0      8  base offset                   no
//    8      4  length of what follows        no
//   12      4  partition leader epoch        no
//   16      1  magic                         no
//   17      4  CRC-32C of bytes 21 on
//   21      2  attributes                    yes
//   23      4  last offset delta             yes
//   27      8  base timestamp                yes
//   35      8  max timestamp                 yes
//   43      8  producer id                   yes
//   51      2  producer epoch                yes
//   53      4  base sequence                 yes
//   57      4  record count                  yes
//   61         the records, compressed as a whole when a codec is set
//
// Attributes: bits 0-2 codec, 3 LogAppendTime, 4 transactional, 5 control, 6 the base timestamp is a delete
// horizon.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/sequence.hpp"
#include "base/time.hpp"
#include "wire/compression.hpp"

namespace klamm::wire {

inline constexpr std::size_t batch_header_size = 61;
/// Base offset and length: what is not counted in the length field. Magic 0 and 1 have the same two fields
/// there.
inline constexpr std::size_t log_overhead = 12;
inline constexpr std::size_t leader_epoch_at = 12;
inline constexpr std::size_t magic_at = 16;
inline constexpr std::size_t crc_at = 17;
inline constexpr std::size_t attributes_at = 21;

struct batch_attributes {
  std::int16_t bits = 0;

  /// The number in the codec bits: 5 to 7 are no codec.
  constexpr int codec_number() const { return bits & 0x07; }
  constexpr bool known_codec() const { return codec_number() <= static_cast<int>(codec::zstd); }
  /// Precondition: known_codec().
  constexpr wire::codec codec() const { return static_cast<wire::codec>(codec_number()); }
  constexpr bool log_append_time() const { return bits & 0x08; }
  constexpr bool transactional() const { return bits & 0x10; }
  constexpr bool control() const { return bits & 0x20; }
  constexpr bool delete_horizon() const { return bits & 0x40; }

  constexpr batch_attributes with(wire::codec c) const { return with_bits(0x07, static_cast<int>(c)); }
  constexpr batch_attributes with_log_append_time(bool on) const { return with_bits(0x08, on ? 0x08 : 0); }
  constexpr batch_attributes with_transactional(bool on) const { return with_bits(0x10, on ? 0x10 : 0); }
  constexpr batch_attributes with_control(bool on) const { return with_bits(0x20, on ? 0x20 : 0); }

  constexpr bool operator==(const batch_attributes&) const = default;

 private:
  constexpr batch_attributes with_bits(int mask, int value) const {
    return {static_cast<std::int16_t>((bits & ~mask) | value)};
  }
};

struct batch_header {
  klamm::offset base_offset{0};
  std::int32_t length = batch_header_size - log_overhead;
  leader_epoch partition_leader_epoch;
  std::int8_t magic = 2;
  std::uint32_t crc = 0;
  batch_attributes attributes;
  std::int32_t last_offset_delta = 0;
  timestamp base_timestamp;
  timestamp max_timestamp;
  klamm::producer_id producer_id;
  klamm::producer_epoch producer_epoch;
  sequence base_sequence;
  std::int32_t record_count = 0;

  /// All bytes of the batch, this header included.
  std::size_t total_size() const { return log_overhead + static_cast<std::size_t>(length); }
  std::size_t body_size() const { return total_size() - batch_header_size; }
  klamm::offset last_offset() const { return base_offset + last_offset_delta; }
  klamm::offset next_offset() const { return last_offset() + 1; }
  /// The sequence of the batch's last record, gone ones counted; none without a producer's sequence.
  sequence last_sequence() const {
    return base_sequence.value < 0 ? sequence{} : advance(base_sequence, last_offset_delta);
  }
  bool operator==(const batch_header&) const = default;
};

/// Reads batch_header_size bytes. Nothing is checked.
batch_header read_batch_header(const std::byte* from);
/// Writes batch_header_size bytes as they stand, the CRC field included.
void write_batch_header(std::byte* to, const batch_header& header);
/// The same in a buffer of its own.
buffer_slice encoded_header(const batch_header& header);
/// The CRC of the header's part that is guarded, followed by a body with that CRC and size.
std::uint32_t batch_crc(const batch_header& header, std::uint32_t body_crc, std::size_t body_size);
/// The same of a body that is at hand, with its checksum.
std::uint32_t batch_crc(const batch_header& header, const byte_chain& body, std::uint32_t body_crc);

}  // namespace klamm::wire
