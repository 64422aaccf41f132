#include "wire/batch_builder.hpp"

#include <string>

#include <doctest/doctest.h>

#include "batches.hpp"

using namespace klamm;
using namespace klamm::wire;
using namespace klamm::wire_test;

namespace {

// Counts what is taken, and knows what was given back.
class counting_source : public chunk_source {
 public:
  std::shared_ptr<std::byte[]> take(std::size_t size) override {
    sizes.push_back(size);
    ++held;
    return {new std::byte[size], [this](std::byte* bytes) {
              --held;
              delete[] bytes;
            }};
  }
  std::vector<std::size_t> sizes;
  int held = 0;
};

}  // namespace

TEST_CASE("null and empty keys, values and headers stay apart") {
  const header_ref headers[]{{"a", as_bytes_view("1")}, {"a", nullable_bytes{}}, {"", as_bytes_view("")}};
  batch_builder builder;
  builder.append({timestamp(5), {}, {}, {}});
  builder.append({timestamp(7), as_bytes_view(""), as_bytes_view(""), headers});
  compressor contexts;
  const auto bytes = encoded(builder.seal({}, contexts));
  auto reader = *record_reader::open(only_batch(bytes), contexts, no_limit);
  record_view r;
  REQUIRE(reader.next(r) == record_reader::step::record);
  CHECK((r.timestamp == timestamp(5) && !r.key && !r.value && r.headers.empty()));
  REQUIRE(reader.next(r) == record_reader::step::record);
  CHECK((r.timestamp == timestamp(7) && r.key && r.key->empty() && r.value && r.value->empty()));
  REQUIRE(r.headers.size() == 3);
  auto header = r.headers.begin();
  CHECK((header->key == "a" && as_text(*header->value) == "1"));
  CHECK(((++header)->key == "a" && !header->value));
  CHECK(((++header)->key == "" && header->value && header->value->empty()));
  CHECK(++header == r.headers.end());
  CHECK(reader.next(r) == record_reader::step::end);
}

TEST_CASE("a body grows in chunks of 1, 4, 16 and 64 KiB, and growth_for says it before") {
  counting_source source;
  batch_builder builder(&source);
  const std::string value(900, 'v');
  std::size_t said = 0;
  while (builder.plain_size() < 200'000) {
    const auto r = record("k", value);
    const auto length = builder.length_of(r);
    said += builder.growth_for(length.whole);
    builder.append(r, length);
    CHECK(builder.allocated() == said);
  }
  CHECK(source.sizes == std::vector<std::size_t>{1024, 4096, 16384, 65536, 65536, 65536});
}

TEST_CASE("the size of a record is known before, wherever its length field grows") {
  for (const std::size_t size :
       {0, 50, 51, 52, 53, 54, 55, 56, 57, 58, 8100, 8175, 8180, 8185, 8190, 1 << 20}) {
    CAPTURE(size);
    batch_builder builder;
    builder.append(record("k", "first", 5000));
    const std::string value(size, 'v');
    const auto before = builder.plain_size();
    const auto r = record("k", value, 4000);
    const auto expected = builder.length_of(r);
    builder.append(r, expected);
    CHECK(builder.plain_size() - before == expected.whole);
    compressor contexts;
    const auto batch = builder.seal({}, contexts);
    CHECK(batch.body.size() == batch.plain_size);
    CHECK(values_of(only_batch(encoded(batch))) == strings{"first", value});
  }
}

TEST_CASE("a record larger than any chunk lies across them") {
  std::string value;
  for (int i = 0; value.size() < 500'000; ++i) value += std::to_string(i);
  const header_ref header{"h", as_bytes_view(value)};
  batch_builder builder;
  builder.append({timestamp(1), as_bytes_view(value), as_bytes_view(value), {&header, 1}});
  compressor contexts;
  const auto batch = builder.seal({}, contexts);
  CHECK(batch.body.slices().size() > 10);
  const auto bytes = encoded(batch);
  auto reader = *record_reader::open(only_batch(bytes), contexts, no_limit);
  record_view r;
  REQUIRE(reader.next(r) == record_reader::step::record);
  CHECK((as_text(*r.key) == value && as_text(*r.value) == value &&
         as_text(*r.headers.begin()->value) == value));
}

TEST_CASE("sealing gives the timestamps, leaves the builder empty, and keeps only the compressed bytes") {
  counting_source source;
  batch_builder builder(&source);
  for (const int at : {500, 900, 100}) builder.append(record("key", std::string(1000, 'v'), at));
  compressor contexts;
  auto batch = builder.seal({codec::lz4, {}}, contexts);
  CHECK(batch.record_count == 3);
  CHECK(batch.base_timestamp == timestamp(500));
  CHECK(batch.max_timestamp == timestamp(900));
  CHECK(batch.compressed_by == codec::lz4);
  CHECK(batch.body.size() < batch.plain_size);
  CHECK(source.held == 0);
  CHECK((builder.empty() && builder.allocated() == 0 && builder.plain_size() == 0));
  builder.append(record("key", "again", 7));
  CHECK(values_of(only_batch(encoded(builder.seal({}, contexts)))) == strings{"again"});
}

TEST_CASE("the chunks live as long as somebody shares the body") {
  counting_source source;
  batch_builder builder(&source);
  builder.append(record("key", "value"));
  compressor contexts;
  std::optional<sealed_batch> batch = builder.seal({}, contexts);
  auto in_flight = stamped(*batch, {});
  batch.reset();
  CHECK(source.held == 1);
  in_flight = {};
  CHECK(source.held == 0);
}

TEST_CASE("what compression makes larger is sent as it is") {
  const auto batch = sealed({"x"}, {codec::gzip, {}});
  CHECK(batch.compressed_by == codec::none);
  CHECK(values_of(only_batch(encoded(batch))) == strings{"x"});
}

TEST_CASE("timestamps far apart survive") {
  batch_builder builder;
  for (const auto at : {INT64_MAX, std::int64_t{-1}, INT64_MIN, std::int64_t{0}})
    builder.append(record("k", "v", at));
  compressor contexts;
  const auto bytes = encoded(builder.seal({}, contexts));
  auto reader = *record_reader::open(only_batch(bytes), contexts, no_limit);
  record_view r;
  for (const auto at : {INT64_MAX, std::int64_t{-1}, INT64_MIN, std::int64_t{0}}) {
    REQUIRE(reader.next(r) == record_reader::step::record);
    CHECK(r.timestamp.value == at);
  }
}

TEST_CASE("the estimate of compressed sizes gets worse at once and better slowly") {
  compression_ratio ratio;
  CHECK(ratio.of(100'000) >= 100'000);
  for (int i = 0; i < 200; ++i) ratio.observe(1000, 250);
  CHECK(ratio.of(100'000) == doctest::Approx(25'000).epsilon(0.02));
  ratio.observe(1000, 600);
  CHECK(ratio.of(100'000) >= 60'000);
  ratio.observe(1000, 100);
  CHECK(ratio.of(100'000) > 50'000);
}
