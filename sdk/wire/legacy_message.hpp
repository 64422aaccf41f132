// Messages of magic 0 and 1, which older clients produced and old segments still hold. Read only. Internal to the readers.
//
//   at  bytes  field                        A message with a codec is a wrapper: its value is the compressed form of a run
//   --  -----  --------------------------   of messages of the same magic. Inner offsets are absolute in magic 0. In
//    0      8  offset                       magic 1 they count from the first, and the wrapper has the last one's.
//    8      4  length of what follows
//   12      4  CRC-32 (not C) of 16 on
//   16      1  magic
//   17      1  attributes: bits 0-2 codec, 3 LogAppendTime (magic 1)
//   18      8  timestamp (magic 1 only)
//           4  key length, -1: null         then the key, the value's length and the value
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "wire/batch_header.hpp"
#include "wire/record.hpp"

namespace klamm::wire {

/// The smallest number that the length field of a message can have.
constexpr std::int32_t least_message_length(std::int8_t magic) { return magic == 0 ? 14 : 22; }

struct legacy_message {
  klamm::offset offset;
  std::int8_t magic = 0;
  batch_attributes attributes;
  klamm::timestamp timestamp;
  nullable_bytes key;
  nullable_bytes value;
};

/// The header fields of a message. Precondition: its length was checked to be there and not below the least.
batch_header read_legacy_header(const std::byte* from);
/// Reads the message at `from` and returns its end, or null where its lengths and what is there differ.
const std::byte* parse_legacy_message(const std::byte* from, const std::byte* end, legacy_message& out);
/// Precondition: `message` is one whole message.
bool legacy_crc_valid(bytes_view message);

}  // namespace klamm::wire
