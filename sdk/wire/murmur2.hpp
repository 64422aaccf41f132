// Which partition a keyed record goes to: Kafka's murmur2, bit for bit what the Java client computes.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace klamm::wire {

/// The 32-bit murmur2 hash with Kafka's seed. An empty key has a hash too.
std::int32_t murmur2(bytes_view key);

/// The partition of a key among `count` > 0: the hash without its sign bit (not its absolute value) modulo
/// the count.
partition_id partition_for_key(bytes_view key, std::int32_t count);

}  // namespace klamm::wire
