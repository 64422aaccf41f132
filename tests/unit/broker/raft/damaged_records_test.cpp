// Batches of the metadata's log that are not what they say they are, though their checksums are right.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "scripted_member.hpp"
#include "wire/batch_builder.hpp"
#include "wire/batch_header.hpp"
#include "wire/crc32c.hpp"
#include "wire/endian.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

namespace {

constexpr std::size_t attributes_at = 21, count_at = 57;

std::vector<std::byte> plain_batch(std::int64_t base = 0) { return batch_of(base).flatten(); }
std::vector<std::byte> checksummed(std::vector<std::byte> batch) {
  wire::store(batch.data() + wire::crc_at, wire::crc32c(bytes_view(batch).subspan(attributes_at)));
  return batch;
}
/// It has two records and says three.
std::vector<std::byte> miscounted(std::int64_t base = 0) {
  auto batch = plain_batch(base);
  wire::store(batch.data() + count_at, std::int32_t{3});
  return checksummed(std::move(batch));
}
/// It says that it is compressed with lz4.
std::vector<std::byte> miscompressed() {
  auto batch = plain_batch();
  batch[attributes_at + 1] |= std::byte{3};
  return checksummed(std::move(batch));
}

struct seen {
  result<leader_epoch> how;
  std::vector<std::string> values;
};
seen visit(std::vector<std::byte> batch) {
  std::vector<std::string> values;
  record_visitor visitor = [&](bytes_view value, offset, leader_epoch) {
    values.emplace_back(as_text(value));
  };
  auto how = visit_records(byte_chain(buffer_slice::own(std::move(batch))), visitor);
  return {std::move(how), std::move(values)};
}

}  // namespace

TEST_CASE(
    "a batch is refused whose records are not as many as it says, or not what they are compressed with") {
  CHECK(visit(plain_batch()).values == std::vector<std::string>{"0", "1"});
  CHECK(visit(miscounted()).how.code() == error_code::corrupt_message);
  const auto garbled = visit(miscompressed());
  CHECK_FALSE(garbled.how);
  CHECK(garbled.values.empty());
}

TEST_CASE("a bit that flips in a value is found by the checksum, before anybody hears of the value") {
  auto batch = plain_batch();
  batch[batch.size() - 2] ^= std::byte{1};
  const auto found = visit(std::move(batch));
  CHECK(found.how.code() == error_code::corrupt_message);
  CHECK(found.values.empty());
}

TEST_CASE("what comes behind the last whole batch is damage") {
  auto two_of_them = plain_batch();
  const auto second = plain_batch(2);
  two_of_them.insert(two_of_them.end(), second.begin(), second.end() - 5);
  CHECK(visit(std::move(two_of_them)).how.code() == error_code::corrupt_message);
}

TEST_CASE("a record without a value says nothing") {
  wire::batch_builder builder;
  builder.append(
      {.timestamp = timestamp(7), .key = as_bytes_view("key"), .value = std::nullopt, .headers = {}});
  wire::compressor none;
  const auto found = visit(wire::stamped(builder.seal({}, none), {.base_offset = offset(0),
                                                                  .partition_leader_epoch = leader_epoch(4)})
                               .flatten());
  REQUIRE(found.how);
  CHECK(*found.how == leader_epoch(4));
  CHECK(found.values.empty());
}

TEST_CASE("a committed batch that cannot be read ends the process: it has no state without it") {
  member m;
  m.follow();
  m.give({.high_watermark = offset(2), .records = byte_chain(buffer_slice::own(miscounted()))});
  REQUIRE(m.failed.size() == 1);
  CHECK(m.failed[0].find("a record of the metadata log is damaged") != std::string::npos);
  m.pass(millis(5000));
  CHECK(m.failed.size() == 1);
}
