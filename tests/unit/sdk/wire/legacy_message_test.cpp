#include "wire/legacy_message.hpp"

#include <string>

#include <doctest/doctest.h>
#include <isa-l/crc.h>

#include "batches.hpp"
#include "wire/endian.hpp"

using namespace klamm;
using namespace klamm::wire;
using namespace klamm::wire_test;

namespace {

using byte_vector = std::vector<std::byte>;

template <class T>
void put(byte_vector& to, T value) {
  std::byte raw[sizeof(T)];
  store(raw, value);
  to.insert(to.end(), raw, raw + sizeof(T));
}
void put(byte_vector& to, const nullable_bytes& value) {
  put(to, value ? static_cast<std::int32_t>(value->size()) : std::int32_t{-1});
  if (value) to.insert(to.end(), value->begin(), value->end());
}

struct message {
  std::int64_t at = 0;
  std::int8_t magic = 1;
  std::int8_t attributes = 0;
  std::int64_t timestamp = 1000;
  nullable_bytes key{}, value{};
};

// As an old producer writes it: the CRC is zlib's, over what follows it.
byte_vector bytes_of(const message& m) {
  byte_vector guarded;
  put(guarded, m.magic);
  put(guarded, m.attributes);
  if (m.magic == 1) put(guarded, m.timestamp);
  put(guarded, m.key);
  put(guarded, m.value);
  byte_vector all;
  put(all, m.at);
  put(all, static_cast<std::int32_t>(guarded.size() + 4));
  put(all, crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(guarded.data()), guarded.size()));
  all.insert(all.end(), guarded.begin(), guarded.end());
  return all;
}

byte_vector row(std::initializer_list<message> messages) {
  byte_vector all;
  for (const auto& m : messages) {
    const auto bytes = bytes_of(m);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

batch_view wrapper(std::int64_t at, std::int8_t magic, codec c, const byte_vector& inner,
                   std::int8_t more_bits = 0) {
  compressor contexts;
  const auto value = contexts.compress({c, {}}, byte_chain(buffer_slice::borrow(inner)));
  const auto bits = static_cast<std::int8_t>(static_cast<int>(c) | more_bits);
  return only_batch(
      buffer_slice::own(bytes_of({.at = at, .magic = magic, .attributes = bits, .value = value.view()})));
}

std::vector<std::int64_t> offsets_of(const batch_view& batch) {
  compressor contexts;
  auto reader = *record_reader::open(batch, contexts, no_limit);
  std::vector<std::int64_t> offsets;
  for (record_view r; reader.next(r) == record_reader::step::record;) offsets.push_back(r.offset.value);
  return offsets;
}

nullable_bytes text(std::string_view t) { return as_bytes_view(t); }

using offsets = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a plain message is a batch of one record") {
  const auto batch = only_batch(buffer_slice::own(bytes_of({.at = 42, .magic = 1, .value = text("v")})));
  CHECK((batch.crc_valid() && batch.next_offset() == klamm::offset(43)));
  CHECK(values_of(batch) == strings{"v"});
  CHECK(offsets_of(batch) == offsets{42});
}

TEST_CASE("a wrapper of magic 1 counts its inner offsets back from its own") {
  const auto inner =
      row({{.at = 0, .value = text("a")}, {.at = 1, .value = text("b")}, {.at = 4, .value = text("c")}});
  for (const auto c : {codec::gzip, codec::snappy, codec::lz4}) {
    const auto batch = wrapper(104, 1, c, inner);
    CHECK(values_of(batch) == strings{"a", "b", "c"});
    CHECK(offsets_of(batch) == offsets{100, 101, 104});
    CHECK(batch.last_offset() == klamm::offset(104));
  }
}

TEST_CASE("a wrapper of magic 0 holds absolute offsets, and so does one that an old producer left at 0") {
  const auto zero =
      row({{.at = 70, .magic = 0, .value = text("a")}, {.at = 73, .magic = 0, .value = text("b")}});
  CHECK(offsets_of(wrapper(73, 0, codec::gzip, zero)) == offsets{70, 73});
  const auto one = row({{.at = 0, .value = text("a")}, {.at = 1, .value = text("b")}});
  CHECK(offsets_of(wrapper(0, 1, codec::gzip, one)) == offsets{0, 1});
}

TEST_CASE("a wrapper with LogAppendTime dates all that it holds") {
  const auto batch = wrapper(0, 1, codec::gzip, row({{.at = 0, .timestamp = 5, .value = text("a")}}), 0x08);
  compressor contexts;
  auto reader = *record_reader::open(batch, contexts, no_limit);
  record_view r;
  REQUIRE(reader.next(r) == record_reader::step::record);
  CHECK(r.timestamp == timestamp(1000));
}

TEST_CASE("what a wrapper must not hold is refused") {
  compressor contexts;
  const auto refused = [&](const batch_view& batch, error_code with) {
    return record_reader::open(batch, contexts, no_limit).code() == with;
  };
  const auto plain = row({{.at = 0, .value = text("a")}});
  auto cut = plain;
  cut.pop_back();
  CHECK(refused(wrapper(0, 1, codec::gzip, cut), error_code::invalid_record));
  CHECK(refused(wrapper(0, 0, codec::gzip, plain), error_code::invalid_record));
  const auto nested = wrapper(0, 1, codec::gzip, plain).bytes();
  CHECK(refused(wrapper(0, 1, codec::gzip, {nested.view().begin(), nested.view().end()}),
                error_code::invalid_record));
  CHECK(refused(wrapper(0, 1, codec::zstd, plain), error_code::unsupported_compression_type));
  const auto null_value = buffer_slice::own(bytes_of({.attributes = 1}));
  CHECK(refused(only_batch(null_value), error_code::invalid_record));
}

TEST_CASE("keys and values that overrun a message are noticed") {
  auto bytes = bytes_of({.key = text("key"), .value = text("value")});
  for (const std::int32_t lie : {4, 100, INT32_MAX, -2, INT32_MIN}) {
    store(bytes.data() + 26, lie);
    CHECK_FALSE(values_of(only_batch(buffer_slice::own(byte_vector(bytes)))).has_value());
  }
}
