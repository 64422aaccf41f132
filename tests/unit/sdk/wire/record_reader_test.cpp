#include "wire/record_reader.hpp"

#include <string>

#include <doctest/doctest.h>

#include "batches.hpp"
#include "wire/crc32c.hpp"

using namespace klamm;
using namespace klamm::wire;
using namespace klamm::wire_test;

namespace {

using bytes_of_batch = std::vector<std::byte>;

// A batch of one record with this body.
buffer_slice with_body(std::initializer_list<int> body) {
  return changed(encoded(sealed({"x"})), [&](batch_header& header, bytes_of_batch& bytes) {
    bytes.resize(batch_header_size);
    for (const int byte : body) bytes.push_back(static_cast<std::byte>(byte));
    header.length = static_cast<std::int32_t>(bytes.size() - log_overhead);
  });
}

}  // namespace

TEST_CASE("every codec reads back what was built") {
  strings values;
  for (int i = 0; i < 500; ++i) values.push_back("value " + std::to_string(i));
  for (const auto c : every_codec) {
    batch_builder builder;
    for (const auto& value : values) builder.append(record("k", value));
    compressor contexts;
    const auto bytes = encoded(builder.seal({c, {}}, contexts));
    CAPTURE(name(c));
    CHECK(only_batch(bytes).attributes().codec() == c);
    CHECK(values_of(only_batch(bytes)) == values);
    if (c != codec::none) CHECK_FALSE(values_of(only_batch(bytes), 1000).has_value());
  }
}

TEST_CASE("a count that is not what is there is noticed, whichever way it lies") {
  const auto good = encoded(sealed({"a", "b", "c"}));
  for (const std::int32_t count : {-1, 0, 2, 4, INT32_MAX}) {
    CAPTURE(count);
    const auto bytes =
        changed(good, [&](batch_header& header, bytes_of_batch&) { header.record_count = count; });
    CHECK_FALSE(values_of(only_batch(bytes)).has_value());
  }
  CHECK(values_of(only_batch(good)).has_value());
}

TEST_CASE("a batch that compaction emptied has no records, and still moves the position") {
  const auto bytes = changed(encoded(sealed({"a", "b", "c"})), [](batch_header& header, bytes_of_batch& all) {
    all.resize(batch_header_size);
    header.length = batch_header_size - log_overhead;
    header.record_count = 0;
    header.base_timestamp = timestamp(-1);
  });
  CHECK(values_of(only_batch(bytes)) == strings{});
  CHECK(only_batch(bytes).next_offset() == klamm::offset(3));
}

TEST_CASE("lengths that overrun the record or the batch are noticed") {
  // length 7: attributes, timestamp delta, offset delta, null key, value of 1 byte, no headers
  CHECK(values_of(only_batch(with_body({14, 0, 0, 0, 1, 2, 'v', 0}))) == strings{"v"});
  for (const auto& [what, bytes] : std::initializer_list<std::pair<const char*, buffer_slice>>{
           {"record beyond the batch", with_body({16, 0, 0, 0, 1, 2, 'v', 0})},
           {"record shorter than its fields", with_body({12, 0, 0, 0, 1, 2, 'v', 0})},
           {"record longer than its fields", with_body({16, 0, 0, 0, 1, 2, 'v', 0, 0})},
           {"length zero", with_body({0, 0, 0, 0, 1, 2, 'v', 0})},
           {"negative length", with_body({13, 0, 0, 0, 1, 2, 'v', 0})},
           {"value beyond the record", with_body({14, 0, 0, 0, 1, 100, 'v', 0})},
           {"key beyond the record", with_body({14, 0, 0, 0, 100, 2, 'v', 0})},
           {"value length below -1", with_body({14, 0, 0, 0, 1, 3, 'v', 0})},
           {"negative header count", with_body({14, 0, 0, 0, 1, 2, 'v', 1})},
           {"more headers than bytes", with_body({14, 0, 0, 0, 1, 2, 'v', 100})},
           {"null header key", with_body({18, 0, 0, 0, 1, 2, 'v', 2, 1, 1})},
           {"header key beyond the record", with_body({18, 0, 0, 0, 1, 2, 'v', 2, 40, 1})},
           {"header value beyond the record", with_body({20, 0, 0, 0, 1, 2, 'v', 2, 2, 'k', 40})},
           {"a varint that does not end",
            with_body({20, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80})},
           {"bytes after the last record", with_body({14, 0, 0, 0, 1, 2, 'v', 0, 0})},
           {"nothing", with_body({})},
       }) {
    CAPTURE(what);
    CHECK_FALSE(values_of(only_batch(bytes)).has_value());
  }
}

TEST_CASE("a failure is for ever") {
  compressor contexts;
  auto reader = *record_reader::open(only_batch(with_body({16, 0, 0, 0, 1, 2, 'v', 0})), contexts, no_limit);
  record_view r;
  CHECK(reader.next(r) == record_reader::step::malformed);
  CHECK(reader.next(r) == record_reader::step::malformed);
}

TEST_CASE("records of a batch with LogAppendTime all have the batch's time") {
  const auto bytes = changed(encoded(sealed({"a", "b"})), [](batch_header& header, bytes_of_batch&) {
    header.attributes = header.attributes.with_log_append_time(true);
    header.max_timestamp = timestamp(77);
  });
  compressor contexts;
  auto reader = *record_reader::open(only_batch(bytes), contexts, no_limit);
  for (record_view r; reader.next(r) == record_reader::step::record;) CHECK(r.timestamp == timestamp(77));
}

TEST_CASE("codec numbers that nobody has defined are refused by name") {
  const auto bytes = changed(encoded(sealed({"a"})),
                             [](batch_header& header, bytes_of_batch&) { header.attributes.bits = 5; });
  compressor contexts;
  CHECK(record_reader::open(only_batch(bytes), contexts, no_limit).code() ==
        error_code::unsupported_compression_type);
}

TEST_CASE("a view lives on with the buffer that it points into") {
  compressor contexts;
  record_view r;
  buffer_slice kept;
  {
    const auto bytes = encoded(sealed({std::string(100, 'v')}, {codec::zstd, {}}));
    auto reader = *record_reader::open(only_batch(bytes), contexts, no_limit);
    REQUIRE(reader.next(r) == record_reader::step::record);
    kept = reader.buffer();
  }
  CHECK(as_text(*r.value) == std::string(100, 'v'));
}
