// How long a varint is, before it is written.
#include "wire/varint.hpp"

#include <array>

#include <doctest/doctest.h>

namespace klamm::wire {
namespace {

template <class T>
int written(T v) {
  std::array<std::byte, max_varint_size<std::uint64_t>> to;
  return static_cast<int>(put_uvarint(to.data(), v) - to.data());
}

}  // namespace

TEST_CASE("the size of a varint is what is written, on both sides of every power of two") {
  CHECK(uvarint_size(0u) == 1);
  for (int bits = 0; bits < 64; ++bits) {
    CAPTURE(bits);
    const auto power = std::uint64_t{1} << bits;
    for (const auto v : {power - 1, power, power + (power - 1)}) {
      CHECK(uvarint_size(v) == written(v));
      CHECK(uvarint_size(static_cast<std::uint32_t>(v)) == written(static_cast<std::uint32_t>(v)));
    }
  }
  CHECK(varint_size(std::int64_t{-1}) == 1);
  CHECK(varint_size(std::int64_t{64}) == 2);
  CHECK(varint_size(INT64_MIN) == 10);
}

}  // namespace klamm::wire
