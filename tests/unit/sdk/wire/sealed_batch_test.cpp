#include "wire/sealed_batch.hpp"

#include <string>

#include <doctest/doctest.h>

#include "batches.hpp"
#include "wire/crc32c.hpp"

using namespace klamm;
using namespace klamm::wire;
using namespace klamm::wire_test;

TEST_CASE("each attempt has its own header, a right CRC, and the same body") {
  const auto batch = sealed({"a", "b", "c"});
  const auto first = stamped(batch, {.producer_id = klamm::producer_id(7),
                                     .producer_epoch = producer_epoch(0),
                                     .base_sequence = sequence(INT32_MAX - 1)});
  const auto second = stamped(batch, {.partition_leader_epoch = leader_epoch(9),
                                      .producer_id = klamm::producer_id(7),
                                      .producer_epoch = producer_epoch(1),
                                      .base_sequence = sequence(0),
                                      .transactional = true});
  CHECK(first.slices()[1].data() == second.slices()[1].data());
  const auto one = only_batch(buffer_slice::own(first.flatten()));
  const auto two = only_batch(buffer_slice::own(second.flatten()));
  CHECK((one.crc_valid() && two.crc_valid()));
  CHECK(one.header().last_sequence() == sequence(0));  // wraps
  CHECK(two.header().producer_epoch == producer_epoch(1));
  CHECK((two.attributes().transactional() && !one.attributes().transactional()));
  CHECK(values_of(one) == values_of(two));
}

TEST_CASE("the checksum is the same, whether the body's is combined or the body is read again") {
  for (const std::size_t size : {1, 16'000, 16'383, 16'384, 16'385, 40'000}) {
    const byte_chain body(buffer_slice::own(std::vector<std::byte>(size, std::byte{0x5a})));
    const batch_header header{.producer_id = klamm::producer_id(7)};
    CHECK(batch_crc(header, body, crc32c(body)) == batch_crc(header, crc32c(body), size));
  }
}

TEST_CASE("splitting keeps every record, its timestamp and the order, with every codec") {
  for (const auto c : every_codec) {
    CAPTURE(name(c));
    batch_builder builder;
    const header_ref header{"trace", as_bytes_view("1234")};
    strings expected;
    for (int i = 0; i < 101; ++i) {
      expected.push_back(std::string(static_cast<std::size_t>(i), 'v') + std::to_string(i));
      builder.append({timestamp(1000 - i), {}, as_bytes_view(expected.back()), {&header, 1}});
    }
    compressor contexts;
    const auto batch = builder.seal({c, {}}, contexts);
    const auto parts = *split(batch, batch.encoded_size() / 3, {c, {}}, contexts);
    CHECK(parts.size() >= 3);
    strings found;
    int count = 0;
    for (const auto& part : parts) {
      const auto bytes = encoded(part);
      const auto view = only_batch(bytes);
      CHECK(view.crc_valid());
      CHECK(view.header().last_offset_delta == part.record_count - 1);
      auto reader = *record_reader::open(view, contexts, no_limit);
      for (record_view r; reader.next(r) == record_reader::step::record; ++count) {
        CHECK(r.timestamp == timestamp(1000 - count));
        CHECK(r.headers.size() == 1);
        found.emplace_back(as_text(*r.value));
      }
    }
    CHECK(found == expected);
  }
}

TEST_CASE("splitting again and again ends at single records") {
  for (const auto c : {codec::none, codec::zstd}) {
    compressor contexts;
    batch_builder builder;
    builder.append(record("k", std::string(10'000, 'x')));
    for (int i = 0; i < 20; ++i) builder.append(record("", ""));
    std::vector<sealed_batch> work{builder.seal({c, {}}, contexts)};
    int singles = 0, splits = 0;
    while (!work.empty()) {
      auto batch = std::move(work.back());
      work.pop_back();
      if (batch.record_count == 1) {
        ++singles;
        CHECK(split(batch, 0, {c, {}}, contexts).code() == error_code::message_too_large);
        continue;
      }
      auto parts = *split(batch, 1 << 20, {c, {}}, contexts);
      REQUIRE(parts.size() >= 2);
      REQUIRE(++splits < 21);
      for (auto& part : parts) work.push_back(std::move(part));
    }
    CHECK(singles == 21);
  }
}
