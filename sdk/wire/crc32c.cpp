#include "wire/crc32c.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <isa-l/crc.h>

namespace klamm::wire {
namespace {

// Polynomials over GF(2) modulo Castagnoli's, bit 31 being the coefficient of x^0, as the reflected CRC has them.
constexpr std::uint32_t polynomial = 0x82f63b78;
constexpr std::uint32_t one = 0x80000000;

constexpr std::uint32_t times(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = one; bit; bit >>= 1) {
    if (a & bit) product ^= b;
    b = b & 1 ? b >> 1 ^ polynomial : b >> 1;
  }
  return product;
}

// x^8, x^16, x^32...: what moves a CRC on by 1, 2, 4... bytes.
constexpr auto byte_powers = [] {
  std::array<std::uint32_t, 64> powers{one >> 8};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = times(powers[i - 1], powers[i - 1]);
  return powers;
}();

// The products of one of them with each value of each four bits of a CRC: every batch is stamped, and most are small.
using products = std::array<std::array<std::uint32_t, 16>, 8>;
constexpr std::size_t tabled_powers = 24;  // up to 16 MiB
constexpr auto power_products = [] {
  std::array<products, tabled_powers> all{};
  for (std::size_t power = 0; power < all.size(); ++power)
    for (std::size_t place = 0; place < 8; ++place)
      for (std::uint32_t value = 1; value < 16; ++value) {
        auto& of = all[power][place];
        const auto lowest = value & (~value + 1);
        of[value] =
            value == lowest ? times(byte_powers[power], value << 4 * place) : of[lowest] ^ of[value - lowest];
      }
  return all;
}();

std::uint32_t moved(std::uint32_t crc, std::size_t power) {
  if (power >= tabled_powers) return times(byte_powers[power], crc);
  std::uint32_t product = 0;
  for (std::size_t place = 0; place < 8; ++place)
    product ^= power_products[power][place][crc >> 4 * place & 15];
  return product;
}

}  // namespace

std::uint32_t crc32c(bytes_view bytes, std::uint32_t before) {
  // ISA-L takes an int as the size and leaves the inversions before and after to its caller.
  constexpr auto piece = static_cast<std::size_t>(std::numeric_limits<int>::max());
  auto crc = ~before;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece, bytes.size()))) {
    auto* from = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
    crc = crc32_iscsi(from, static_cast<int>(std::min(piece, bytes.size())), crc);
  }
  return ~crc;
}

std::uint32_t crc32c(const byte_chain& bytes, std::uint32_t before) {
  for (const auto& slice : bytes.slices()) before = crc32c(slice.view(), before);
  return before;
}

std::uint32_t crc32c_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_size) {
  for (std::size_t i = 0; second_size; ++i, second_size >>= 1)
    if (second_size & 1) first = moved(first, i);
  return first ^ second;
}

}  // namespace klamm::wire
