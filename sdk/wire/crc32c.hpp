// CRC-32C (Castagnoli): what guards record batches and snapshots.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace klamm::wire {

/// The checksum of `bytes`, or, given the checksum of what came before, of both together.
std::uint32_t crc32c(bytes_view bytes, std::uint32_t before = 0);
std::uint32_t crc32c(const byte_chain& bytes, std::uint32_t before = 0);

/// The checksum of a first part followed by a second one of `second_size` bytes, from the checksums of both.
std::uint32_t crc32c_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_size);

}  // namespace klamm::wire
