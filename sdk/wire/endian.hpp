// Big-endian integers at unaligned addresses, as the protocol has them.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace klamm::wire {

template <std::unsigned_integral T>
constexpr T to_big_endian(T value) {
  if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1)
    return value;
  else if constexpr (sizeof(T) == 2)
    return __builtin_bswap16(value);
  else if constexpr (sizeof(T) == 4)
    return __builtin_bswap32(value);
  else
    return __builtin_bswap64(value);
}

/// Reads sizeof(T) bytes at `from`.
template <std::integral T>
T load(const std::byte* from) {
  std::make_unsigned_t<T> raw;
  std::memcpy(&raw, from, sizeof raw);
  return static_cast<T>(to_big_endian(raw));
}

/// Writes sizeof(T) bytes at `to`.
template <std::integral T>
void store(std::byte* to, T value) {
  const auto raw = to_big_endian(static_cast<std::make_unsigned_t<T>>(value));
  std::memcpy(to, &raw, sizeof raw);
}

}  // namespace klamm::wire
