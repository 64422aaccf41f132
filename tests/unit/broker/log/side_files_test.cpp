// The files beside a segment, byte for byte as Apache Kafka writes them.
#include <doctest/doctest.h>

#include "broker/log/checkpoint_files.hpp"
#include "broker/log/file_names.hpp"
#include "broker/log/producer_state.hpp"
#include "wire/crc32c.hpp"
#include "wire/endian.hpp"

namespace klamm::broker::log::test {
namespace {

std::vector<std::byte> from_hex(std::string_view digits) {
  std::vector<std::byte> out;
  for (std::size_t at = 0; at + 1 < digits.size(); at += digits[at] == ' ' ? 1 : 2)
    if (digits[at] != ' ')
      out.push_back(static_cast<std::byte>(std::stoi(std::string(digits.substr(at, 2)), nullptr, 16)));
  return out;
}

const std::vector<producer_snapshot_entry> two_producers = {
    {producer_id(1), producer_epoch(2), 3, offset(4), 5, timestamp(6), 7, offset(8)},
    {producer_id(9), producer_epoch(0), -1, offset(), 0, timestamp(1), -1, offset()}};

TEST_CASE("a producer snapshot has Kafka's bytes") {
  const auto body = from_hex(
      "00000002"
      "0000000000000001 0002 00000003 0000000000000004 00000005 0000000000000006 00000007 0000000000000008"
      "0000000000000009 0000 ffffffff ffffffffffffffff 00000000 0000000000000001 ffffffff ffffffffffffffff");
  const auto bytes = write_producer_snapshot(two_producers);
  REQUIRE(bytes.size() == 2 + 4 + body.size());
  CHECK(std::ranges::equal(bytes_view(bytes).subspan(6), body));
  CHECK(wire::load<std::int16_t>(bytes.data()) == 1);
  CHECK(wire::load<std::uint32_t>(bytes.data() + 2) == wire::crc32c(body));
}

TEST_CASE("a snapshot reads back, and a damaged one is refused") {
  auto bytes = write_producer_snapshot(two_producers);
  CHECK(*read_producer_snapshot(bytes) == two_producers);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= std::byte{0x10};
    CHECK_FALSE(read_producer_snapshot(bytes));
    CHECK_FALSE(read_producer_snapshot(bytes_view(bytes).first(i)));
    bytes[i] ^= std::byte{0x10};
  }
  // What is behind the last entry is under the CRC as well: a count that was lowered has to show.
  bytes.push_back({});
  wire::store(bytes.data() + 2, wire::crc32c(bytes_view(bytes).subspan(6)));
  CHECK(read_producer_snapshot(bytes).failure().message ==
        "producer snapshot: something follows its last entry");
}

TEST_CASE("a transaction index has Kafka's bytes, and a damaged one is refused") {
  const std::vector<aborted_transaction> two = {{producer_id(1), offset(2), offset(3), offset(4)},
                                                {producer_id(5), offset(6), offset(7), offset(8)}};
  auto bytes = write_aborted(two);
  CHECK(bytes == from_hex("0000 0000000000000001 0000000000000002 0000000000000003 0000000000000004"
                          "0000 0000000000000005 0000000000000006 0000000000000007 0000000000000008"));
  CHECK(*read_aborted(bytes) == two);
  CHECK(read_aborted({})->empty());
  for (std::size_t cut = 1; cut < bytes.size(); ++cut)
    CHECK(read_aborted(bytes_view(bytes).first(cut)).has_value() == (cut == bytes.size() / 2));
  bytes[35] = std::byte{1};
  CHECK(read_aborted(bytes).failure().message == "transaction index: an entry's version is unknown");
}

TEST_CASE("Kafka's names and small files") {
  CHECK(segment_file(offset(42), file_kind::timeindex) == "00000000000000000042.timeindex");
  CHECK(parse_segment_file("00000000000000000042.log.swap")->stage == file_stage::swap);
  CHECK_FALSE(parse_segment_file("00000000000000000042-0000000001.checkpoint"));
  CHECK_FALSE(parse_segment_file("0000000000000000004x.log"));
  CHECK(parse_log_directory("a-b-12") == topic_partition{"a-b", partition_id(12)});
  CHECK_FALSE(parse_log_directory("a-b"));
  CHECK_FALSE(parse_log_directory("orders-0.0123-delete"));
  const topic_partition longest{std::string(249, 't'), partition_id(3)};
  CHECK(delete_directory_name(longest, {}).size() == 255);
  CHECK(is_delete_directory(delete_directory_name(longest, {})));

  CHECK(write_offset_checkpoint({{{"t", partition_id(0)}, offset(5285)}}) == "0\n1\nt 0 5285\n");
  CHECK(read_offset_checkpoint("0\n1\nt 0 5285\n")->at({"t", partition_id(0)}) == offset(5285));
  CHECK(read_offset_checkpoint("")->empty());
  for (const auto* bad : {"1\n0\n", "0\n2\nt 0 1\n", "0\n1\nt 0\n", "0\n1\nt x 1\n", "0\n1\nt 0 -1\n"})
    CHECK_FALSE(read_offset_checkpoint(bad));
  CHECK(write_epoch_checkpoint({{leader_epoch(0), offset(0)}}) == "0\n1\n0 0\n");
  CHECK_FALSE(read_epoch_checkpoint("0\n2\n3 0\n2 5\n"));
  const auto id = *parse_uuid("2TsmqqM9ScCZBABU_Vw36A");
  CHECK(write_partition_metadata(id) == "version: 0\ntopic_id: 2TsmqqM9ScCZBABU_Vw36A");
  CHECK(*read_partition_metadata("version: 0\ntopic_id: 2TsmqqM9ScCZBABU_Vw36A") == id);
  const auto found = read_meta_properties(
      "#\n#Mon Nov 23 17:54:57 UTC 2026\nnode.id=1\ndirectory.id=wDlf0ypVWuo-mdImDsYdcw\nversion=1\n"
      "cluster.id=4L6g3nShT-eMCtK--X86sw\n");
  REQUIRE(found);
  CHECK(found->node == node_id(1));
  CHECK(found->cluster_id == "4L6g3nShT-eMCtK--X86sw");
  CHECK(write_clean_marker(165) == R"({"version":0,"brokerEpoch":165})");
  CHECK(read_clean_marker(R"({"version":0,"brokerEpoch":165})") == 165);
  CHECK(read_clean_marker("") == -1);
}

}  // namespace
}  // namespace klamm::broker::log::test
