// Sums and differences of numbers that somebody else chose: they wrap, as Java's do.
#pragma once

#include <cstdint>

namespace klamm::wire {

constexpr std::int64_t moved(std::int64_t base, std::int64_t delta) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(delta));
}
constexpr std::int64_t distance(std::int64_t from, std::int64_t to) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from));
}

}  // namespace klamm::wire
