// The sequence numbers of idempotent producers: 0 to 2^31-1, then 0 again (KIP-98).
#pragma once

#include <cstdint>

#include "base/strong.hpp"

namespace klamm {

/// The sequence number of a record. Default: none (-1).
using sequence = strong_id<struct sequence_tag, std::int32_t>;

/// `from` moved on by `n` records, wrapping from 2^31-1 to 0.
constexpr sequence advance(sequence from, std::int32_t n) {
  const auto moved = static_cast<std::uint32_t>(from.value) + static_cast<std::uint32_t>(n);
  return sequence(static_cast<std::int32_t>(moved & 0x7fffffffU));
}

}  // namespace klamm
