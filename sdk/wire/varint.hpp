// Variable-length integers: seven bits a byte, low bits first; the signed ones in zigzag order.
//
// Readers take up to 5 bytes for 32 bits and 10 for 64, longer forms than needed included (Java's do); a
// further continuation bit is an error.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace klamm::wire {

template <std::unsigned_integral T>
inline constexpr int max_varint_size = (sizeof(T) * 8 + 6) / 7;

constexpr std::uint32_t zigzag(std::int32_t v) {
  return static_cast<std::uint32_t>(v) << 1 ^ static_cast<std::uint32_t>(v >> 31);
}
constexpr std::uint64_t zigzag(std::int64_t v) {
  return static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63);
}
template <std::unsigned_integral T>
constexpr std::make_signed_t<T> unzigzag(T v) {
  return static_cast<std::make_signed_t<T>>(v >> 1 ^ (~(v & 1) + 1));
}

/// One byte for each seven bits begun; without a division: 9/64 is as good as 1/7 up to 64 bits.
template <std::unsigned_integral T>
constexpr int uvarint_size(T v) {
  const auto bits = static_cast<unsigned>(std::bit_width(static_cast<T>(v | 1)));
  return static_cast<int>((bits * 9 + 64) / 64);
}
template <std::signed_integral T>
constexpr int varint_size(T v) {
  return uvarint_size(zigzag(v));
}

/// Writes at `to`, which has room for max_varint_size<T>, and returns the end of what was written.
template <std::unsigned_integral T>
constexpr std::byte* put_uvarint(std::byte* to, T v) {
  for (; v >= 0x80; v >>= 7) *to++ = static_cast<std::byte>(v | 0x80);
  *to++ = static_cast<std::byte>(v);
  return to;
}
template <std::signed_integral T>
constexpr std::byte* put_varint(std::byte* to, T v) {
  return put_uvarint(to, zigzag(v));
}

/// Reads from [from, end) into `v` and returns the end of what was read, or null where there is no whole
/// number.
template <std::unsigned_integral T>
constexpr const std::byte* get_uvarint(const std::byte* from, const std::byte* end, T& v) {
  v = 0;
  for (int i = 0; i < max_varint_size<T> && from != end; ++i) {
    const auto byte = std::to_integer<std::uint8_t>(*from++);
    v |= static_cast<T>(static_cast<T>(byte & 0x7f) << (7 * i));
    if (byte < 0x80) return from;
  }
  return nullptr;
}
template <std::signed_integral T>
constexpr const std::byte* get_varint(const std::byte* from, const std::byte* end, T& v) {
  std::make_unsigned_t<T> raw = 0;
  from = get_uvarint(from, end, raw);
  v = unzigzag(raw);
  return from;
}

}  // namespace klamm::wire
