#include "wire/murmur2.hpp"

#include <cstring>

namespace klamm::wire {
namespace {

// The hash is defined on little-endian words.
std::uint32_t word(const std::byte* from, std::size_t size) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < size; ++i) out |= std::to_integer<std::uint32_t>(from[i]) << 8 * i;
  return out;
}

}  // namespace

std::int32_t murmur2(bytes_view key) {
  constexpr std::uint32_t seed = 0x9747b28c, m = 0x5bd1e995;
  auto hash = seed ^ static_cast<std::uint32_t>(key.size());
  for (; key.size() >= 4; key = key.subspan(4)) {
    auto k = word(key.data(), 4) * m;
    k ^= k >> 24;
    hash = hash * m ^ k * m;
  }
  if (!key.empty()) hash = (hash ^ word(key.data(), key.size())) * m;
  hash ^= hash >> 13;
  hash *= m;
  return static_cast<std::int32_t>(hash ^ hash >> 15);
}

partition_id partition_for_key(bytes_view key, std::int32_t count) {
  return partition_id((murmur2(key) & 0x7fffffff) % count);
}

}  // namespace klamm::wire
