#include "wire/produced_batch.hpp"

#include <string>

#include <doctest/doctest.h>

#include "batches.hpp"
#include "wire/endian.hpp"

using namespace klamm;
using namespace klamm::wire;
using namespace klamm::wire_test;

namespace {

using byte_vector = std::vector<std::byte>;

buffer_slice good() { return encoded(sealed({"a", "b", "c"})); }

error_code answer(const buffer_slice& bytes, const produce_rules& rules = {}) {
  compressor contexts;
  return validate_produced(bytes, rules, contexts).code();
}

// The good batch with its header changed, its CRC made right.
error_code answer_to(auto&& change) {
  return answer(changed(good(), [&](batch_header& header, byte_vector&) { change(header); }));
}

// Bytes changed without making the CRC right.
template <class T>
buffer_slice poked(std::size_t at, T value) {
  const auto batch = good();
  byte_vector bytes(batch.view().begin(), batch.view().end());
  store(bytes.data() + at, value);
  return buffer_slice::own(std::move(bytes));
}

}  // namespace

TEST_CASE("a good batch is taken with every codec, and shares the request's bytes") {
  for (const auto c : every_codec) {
    const auto bytes = encoded(sealed({std::string(500, 'a'), std::string(500, 'b')}, {c, {}}));
    compressor contexts;
    const auto batch = validate_produced(bytes, {}, contexts);
    REQUIRE(batch.has_value());
    CHECK(batch->body().data() == bytes.data() + batch_header_size);
    CHECK(batch->bytes().flatten() == byte_vector(bytes.view().begin(), bytes.view().end()));
  }
}

TEST_CASE("anything but one whole batch is INVALID_RECORD") {
  const auto batch = good();
  CHECK(answer({}) == error_code::invalid_record);
  CHECK(answer(batch.part(0, 16)) == error_code::invalid_record);
  CHECK(answer(batch.part(0, batch.size() - 1)) == error_code::invalid_record);
  byte_vector twice(batch.view().begin(), batch.view().end());
  twice.insert(twice.end(), batch.view().begin(), batch.view().end());
  CHECK(answer(buffer_slice::own(std::move(twice))) == error_code::invalid_record);
  CHECK(answer(poked(8, INT32_MAX)) == error_code::invalid_record);
}

TEST_CASE("a length below the header, a magic that does not exist and a wrong CRC are CORRUPT_MESSAGE") {
  for (const std::int32_t length : {INT32_MIN, -1, 0, 48})
    CHECK(answer(poked(8, length)) == error_code::corrupt_message);
  for (const std::int8_t magic : {-1, 3, 100})
    CHECK(answer(poked(magic_at, magic)) == error_code::corrupt_message);
  CHECK(answer(poked(crc_at, 12345)) == error_code::corrupt_message);
}

TEST_CASE("magic 0 and 1 have no place in these requests: INVALID_RECORD") {
  for (const std::int8_t magic : {0, 1}) CHECK(answer(poked(magic_at, magic)) == error_code::invalid_record);
}

TEST_CASE("a batch above the topic's limit is MESSAGE_TOO_LARGE") {
  const auto size = good().size();
  CHECK(answer(good(), {.max_batch_size = size}) == error_code::none);
  CHECK(answer(good(), {.max_batch_size = size - 1}) == error_code::message_too_large);
}

TEST_CASE(
    "a batch that holds more than the limit once decompressed is INVALID_RECORD, which nobody sends again") {
  for (const auto c : {codec::gzip, codec::snappy, codec::lz4, codec::zstd}) {
    const auto bomb = encoded(sealed({std::string(1 << 20, '0')}, {c, {}}));
    CHECK(bomb.size() < 100'000);
    CHECK(answer(bomb, {.max_plain_size = 2 << 20}) == error_code::none);
    CHECK(answer(bomb, {.max_plain_size = 1 << 20}) == error_code::invalid_record);
  }
}

TEST_CASE("headers that no producer may send are INVALID_RECORD") {
  CHECK(answer_to([](auto& h) { h.base_offset = klamm::offset(1); }) == error_code::invalid_record);
  CHECK(answer_to([](auto& h) { h.base_offset = klamm::offset(-1); }) == error_code::invalid_record);
  CHECK(answer_to([](auto& h) { h.last_offset_delta = 3; }) == error_code::invalid_record);
  CHECK(answer_to([](auto& h) { h.last_offset_delta = -1; }) == error_code::invalid_record);
  CHECK(answer_to([](auto& h) { h.record_count = 2; }) == error_code::invalid_record);
  CHECK(answer_to([](auto& h) { h.record_count = 0, h.last_offset_delta = -1; }) ==
        error_code::invalid_record);
  CHECK(answer_to([](auto& h) { h.record_count = 4, h.last_offset_delta = 3; }) ==
        error_code::invalid_record);
  CHECK(answer_to([](auto& h) { h.attributes = h.attributes.with_control(true); }) ==
        error_code::invalid_record);
  CHECK(answer_to([](auto& h) { h.producer_id = klamm::producer_id(1); }) == error_code::invalid_record);
  CHECK(answer_to([](auto& h) {
          h.producer_id = klamm::producer_id(1);
          h.producer_epoch = producer_epoch(0);
          h.base_sequence = sequence(-1);
        }) == error_code::invalid_record);
}

TEST_CASE("codecs that do not exist, or not in that version, are UNSUPPORTED_COMPRESSION_TYPE") {
  for (const std::int16_t bits : {5, 6, 7})
    CHECK(answer_to([&](auto& h) { h.attributes.bits = bits; }) == error_code::unsupported_compression_type);
  const auto zstd = encoded(sealed({std::string(500, 'a')}, {codec::zstd, {}}));
  CHECK(answer(zstd) == error_code::none);
  CHECK(answer(zstd, {.zstd_allowed = false}) == error_code::unsupported_compression_type);
}

TEST_CASE("damaged compressed bytes behind a right CRC are INVALID_RECORD, which nobody retries") {
  for (const auto c : {codec::gzip, codec::snappy, codec::lz4, codec::zstd}) {
    CAPTURE(name(c));
    const auto whole = encoded(sealed({std::string(500, 'a')}, {c, {}}));
    const auto cut = changed(whole, [](batch_header& header, byte_vector& bytes) {
      bytes.resize(bytes.size() - 2);
      header.length -= 2;
    });
    CHECK(answer(cut) == error_code::invalid_record);
    CHECK(answer(whole, {.max_plain_size = 499}) == error_code::invalid_record);
    const auto lying = changed(encoded(sealed({"plain"})), [&](batch_header& header, byte_vector&) {
      header.attributes = header.attributes.with(c);
    });
    CHECK(answer(lying) == error_code::invalid_record);
  }
}

TEST_CASE("offset deltas that leave gaps, and keyless records in a compacted topic, are INVALID_RECORD") {
  compressor contexts;
  batch_builder gaps;
  gaps.append(record("k", "a"));
  gaps.skip_to(2);
  gaps.append(record("k", "b"));
  auto batch = gaps.seal({}, contexts);
  batch.last_offset_delta = 1;
  CHECK(answer(encoded(batch)) == error_code::invalid_record);

  batch_builder keyless;
  keyless.append({timestamp(1000), {}, as_bytes_view("v"), {}});
  const auto bytes = encoded(keyless.seal({}, contexts));
  CHECK(answer(bytes) == error_code::none);
  CHECK(answer(bytes, {.keys_needed = true}) == error_code::invalid_record);
}

TEST_CASE("timestamps outside of the range are INVALID_TIMESTAMP, unless the broker sets them") {
  CHECK(answer(good(), {.latest = timestamp(1000)}) == error_code::none);
  CHECK(answer(good(), {.latest = timestamp(999)}) == error_code::invalid_timestamp);
  CHECK(answer(good(), {.earliest = timestamp(1001)}) == error_code::invalid_timestamp);
  CHECK(answer(good(), {.log_append_time = true, .latest = timestamp(999)}) == error_code::none);
  CHECK(answer_to([](auto& h) { h.attributes = h.attributes.with_log_append_time(true); }) ==
        error_code::invalid_timestamp);
}

TEST_CASE("a maximal timestamp that the records do not have is put right") {
  const auto bytes =
      changed(good(), [](batch_header& h, byte_vector&) { h.max_timestamp = timestamp(INT64_MAX); });
  compressor contexts;
  const auto batch = validate_produced(bytes, {}, contexts);
  REQUIRE(batch.has_value());
  CHECK(batch->changed());
  CHECK(batch->header().max_timestamp == timestamp(1000));
  CHECK(only_batch(buffer_slice::own(batch->bytes().flatten())).crc_valid());
}

TEST_CASE("assigning a place changes the header alone, and LogAppendTime its CRC") {
  compressor contexts;
  auto batch = *validate_produced(good(), {}, contexts);
  const auto crc = batch.header().crc;
  batch.assign(klamm::offset(500), leader_epoch(3), {});
  CHECK(batch.header().crc == crc);
  const auto placed = buffer_slice::own(batch.bytes().flatten());
  CHECK(only_batch(placed).base_offset() == klamm::offset(500));
  CHECK(only_batch(placed).header().partition_leader_epoch == leader_epoch(3));
  CHECK(only_batch(placed).crc_valid());

  batch.assign(klamm::offset(500), leader_epoch(3), timestamp(7777));
  const auto dated = buffer_slice::own(batch.bytes().flatten());
  CHECK(only_batch(dated).crc_valid());
  CHECK((only_batch(dated).attributes().log_append_time() &&
         only_batch(dated).header().max_timestamp.value == 7777));

  byte_vector in_place(dated.view().begin(), dated.view().end());
  assign_in_place(in_place.data(), klamm::offset(600), leader_epoch(4));
  const auto moved = only_batch(buffer_slice::own(std::move(in_place)));
  CHECK((moved.crc_valid() && moved.base_offset() == klamm::offset(600)));
}

TEST_CASE("a batch is recompressed from any codec to any other") {
  compressor contexts;
  const strings values{std::string(500, 'a'), std::string(700, 'b')};
  for (const auto from : every_codec)
    for (const auto to : every_codec) {
      auto batch = *validate_produced(encoded(sealed({values[0], values[1]}, {from, {}})), {}, contexts);
      REQUIRE(batch.recompress({to, {}}, contexts, no_limit).has_value());
      const auto bytes = buffer_slice::own(batch.bytes().flatten());
      CHECK(only_batch(bytes).attributes().codec() == to);
      CHECK(only_batch(bytes).crc_valid());
      CHECK(values_of(only_batch(bytes)) == values);
    }
}
