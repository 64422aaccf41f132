#include "wire/batch_reader.hpp"

#include <string>

#include <doctest/doctest.h>

#include "batches.hpp"
#include "wire/endian.hpp"

using namespace klamm;
using namespace klamm::wire;
using namespace klamm::wire_test;
using step = batch_reader::step;

namespace {

buffer_slice run(std::initializer_list<buffer_slice> parts) {
  byte_chain chain;
  for (const auto& part : parts) chain.append(part);
  return buffer_slice::own(chain.flatten());
}

}  // namespace

TEST_CASE("batches follow each other, and the one that was cut is partial") {
  const auto one = encoded(sealed({"a"})),
             two = encoded(sealed({"b", "c"}), {.base_offset = klamm::offset(1)});
  const auto bytes = run({one, two});
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    batch_reader reader(bytes.part(0, cut));
    batch_view batch;
    std::size_t whole = 0;
    auto last = reader.next(batch);
    for (; last == step::batch; last = reader.next(batch)) ++whole;
    CHECK(whole == (cut == bytes.size() ? 2 : cut >= one.size() ? 1 : 0));
    CHECK(last == (cut == 0 || cut == one.size() || cut == bytes.size() ? step::end : step::partial));
    CHECK(reader.rest().size() == cut - (whole > 0 ? one.size() : 0) - (whole > 1 ? two.size() : 0));
  }
}

TEST_CASE("a length that no batch can have, or an unknown magic, ends the walk for good") {
  const auto good = encoded(sealed({"a"}));
  const auto at_length = [&](std::int32_t length) {
    std::vector<std::byte> bytes(good.view().begin(), good.view().end());
    store(bytes.data() + 8, length);
    batch_reader reader(buffer_slice::own(std::move(bytes)));
    batch_view batch;
    return reader.next(batch);
  };
  for (const std::int32_t lie : {INT32_MIN, -1, 0, 1, 13, 48}) CHECK(at_length(lie) == step::malformed);
  for (const std::int32_t cut : {static_cast<std::int32_t>(good.size()), 1 << 20, INT32_MAX})
    CHECK(at_length(cut) == step::partial);

  for (const std::int8_t magic : {3, 127, -1}) {
    std::vector<std::byte> bytes(good.view().begin(), good.view().end());
    store(bytes.data() + magic_at, magic);
    batch_reader reader(buffer_slice::own(std::move(bytes)));
    batch_view batch;
    CHECK(reader.next(batch) == step::malformed);
    CHECK(reader.next(batch) == step::malformed);
  }
}

TEST_CASE("offsets that would overflow are no offsets") {
  batch_view batch;
  for (const auto base : {std::int64_t{-1}, INT64_MIN, INT64_MAX, INT64_MAX - 1}) {
    batch_reader reader(encoded(sealed({"a", "b"}), {.base_offset = klamm::offset(base)}));
    CHECK(reader.next(batch) == step::malformed);
  }
  batch_reader reader(encoded(sealed({"a", "b"}), {.base_offset = klamm::offset(INT64_MAX - 2)}));
  CHECK(reader.next(batch) == step::batch);
  CHECK(batch.next_offset().value == INT64_MAX);
}

TEST_CASE("any flipped bit behind the CRC is noticed; base offset and leader epoch lie before it") {
  const auto good = encoded(sealed({"some value"}));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::vector<std::byte> bytes(good.view().begin(), good.view().end());
    bytes[at] ^= std::byte{1};
    const batch_view batch(buffer_slice::own(std::move(bytes)));
    if (batch.magic() != 2) continue;
    CHECK(batch.crc_valid() == (at < magic_at));
  }
}
