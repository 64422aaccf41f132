#include "broker/coordinator/partitioner.hpp"

#include <cstddef>

namespace klamm::broker::coordinator {
namespace {

constexpr std::uint32_t replacement = 0xfffd;

struct decoded {
  std::uint32_t code_point;
  std::size_t length;
};

/// The code point that starts at `at`, or the replacement character for one byte.
decoded decode_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
  const auto lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xf0 && lead < 0xf5   ? 4
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                                                           : 0;
  if (length == 0 || at + length > text.size()) return {replacement, 1};
  std::uint32_t code = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {replacement, 1};
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < smallest[length] || code > 0x10ffff || surrogate) return {replacement, 1};
  return {code, length};
}

}  // namespace

std::int32_t java_string_hash(std::string_view text) {
  std::uint32_t hash = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = decode_at(text, at);
    at += length;
    if (code < 0x10000) {
      hash = hash * 31 + code;
    } else {
      hash = hash * 31 + (0xd800 + ((code - 0x10000) >> 10));
      hash = hash * 31 + (0xdc00 + ((code - 0x10000) & 0x3ff));
    }
  }
  return static_cast<std::int32_t>(hash);
}

partition_id coordinating_partition(std::string_view key, std::int32_t partitions) {
  // Kafka's Utils.abs: the sign bit is dropped, which differs from the absolute value.
  return partition_id((java_string_hash(key) & 0x7fffffff) % partitions);
}

}  // namespace klamm::broker::coordinator
