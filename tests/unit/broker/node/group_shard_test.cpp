// A partition of __consumer_offsets comes back from its log.
#include "broker/node/group_shard.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/broker/log/log_node.hpp"
#include "tests/unit/counting_entropy.hpp"
#include "wire/crc32c.hpp"
#include "wire/endian.hpp"

using namespace klamm;
using namespace klamm::broker;
using node::group_shard;

namespace {

/// A shard over a log on a simulated disk.
struct shard_fixture {
  shard_fixture() {
    disk_of.create();
    lead();
    shard->load();
  }
  ~shard_fixture() { shard.reset(); }

  /// Leads the log as it is, with a shard that has not loaded it yet.
  void lead() {
    partition.emplace(*disk_of.log, around, std::make_shared<replica::partition_settings>());
    partition->lead({leader_epoch(0), self, {self}, {self}});
    shard = std::make_unique<group_shard>(*partition, group::group_options{}, entropy, disk_of.contexts,
                                          disk_of.now, said);
  }
  /// The process ends and starts again; nothing is in memory.
  void restart() {
    shard.reset();
    partition.reset();
    disk_of.reopen_cleanly();
    lead();
  }
  std::shared_ptr<std::optional<error_code>> commit(std::string_view group, offset next) {
    auto answer = std::make_shared<std::optional<error_code>>();
    group::offset_commit_command command{.group = group, .member_id = "", .offsets = {}};
    command.offsets.push_back({t0, next, leader_epoch(0), "note"});
    shard->coordinator().commit(
        command, [answer](std::span<const error_code> each) { *answer = each.front(); }, disk_of.now);
    return answer;
  }
  void settle() {
    disk_of.settle();
    partition->on_durable();
  }
  std::optional<offset> committed(std::string_view group) {
    const auto* const found = shard->coordinator().offsets().find(group, "t", partition_id(0));
    return found ? std::optional(found->next) : std::nullopt;
  }

  node_id self{1};
  topic_partition t0{"t", partition_id(0)};
  klamm::test::counting_entropy entropy;
  log::test::log_node disk_of;
  klamm::test::kept_lines said;
  replica::surroundings around{.self = self, .clock = disk_of.now};
  std::optional<replica::partition> partition;
  std::unique_ptr<group_shard> shard;
};

std::string numbered(int i) { return "g" + std::to_string(i); }

}  // namespace

TEST_CASE("an empty log is loaded at once, and a commit is answered when the high watermark has passed it") {
  shard_fixture f;
  CHECK(f.shard->state() == error_code::none);
  const auto answer = f.commit("g", offset(42));
  CHECK(!*answer);
  f.settle();
  CHECK(*answer == error_code::none);
}

TEST_CASE("what was committed is read back from the disk, and nothing is served meanwhile") {
  shard_fixture f;
  constexpr int groups = 300;
  for (int i = 0; i < groups; ++i) f.commit(numbered(i), offset(i));
  f.commit("g7", offset(7000));
  f.settle();
  f.restart();
  CHECK(f.shard->state() != error_code::none);
  CHECK(*f.commit("g7", offset(1)) == error_code::coordinator_load_in_progress);
  f.shard->load();
  CHECK(f.shard->state() != error_code::none);  // the disk has not answered
  f.settle();
  REQUIRE(f.shard->state() == error_code::none);
  for (int i = 0; i < groups; ++i) CHECK(f.committed(numbered(i)) == offset(i == 7 ? 7000 : i));
  const auto answer = f.commit("g7", offset(7001));
  f.settle();
  CHECK(*answer == error_code::none);
}

TEST_CASE("a shard that is unloaded while it loads stays unloaded, and one that is gone is not called") {
  shard_fixture f;
  f.commit("g", offset(42));
  f.settle();
  f.restart();
  f.shard->load();
  SUBCASE("unloaded") {
    f.shard->unload();
    f.settle();
    CHECK(f.shard->state() != error_code::none);
    CHECK(*f.commit("g", offset(1)) == error_code::not_coordinator);
  }
  SUBCASE("gone") {
    f.shard.reset();
    f.settle();
    f.lead();
    f.shard->load();
    f.settle();
    CHECK(f.committed("g") == offset(42));
  }
}

TEST_CASE("a log whose records cannot be read is not coordinated here, and the log says where and why") {
  shard_fixture f;
  f.commit("g", offset(42));
  f.settle();
  f.restart();
  SUBCASE("the disk has damaged it") {
    f.disk_of.disk.flip_bit(f.disk_of.path(offset(0), log::file_kind::log), 70, 3);
  }
  SUBCASE("its batch holds what are no records") {
    const auto path = f.disk_of.path(offset(0), log::file_kind::log);
    auto bytes = *f.disk_of.disk.content(path);
    constexpr std::size_t crc_at = 17, crc_from = 21, records_at = 61;
    const auto before = bytes;
    bytes[records_at] = std::byte{0x7f};  // the first record's length: negative
    wire::store(bytes.data() + crc_at, wire::crc32c(bytes_view(bytes).subspan(crc_from)));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit)
      if (((before[bit / 8] ^ bytes[bit / 8]) >> (bit % 8) & std::byte{1}) != std::byte{0})
        f.disk_of.disk.flip_bit(path, bit / 8, static_cast<int>(bit % 8));
  }
  f.shard->load();
  f.settle();
  CHECK(f.shard->state() == error_code::not_coordinator);
  CHECK(*f.commit("g", offset(1)) == error_code::not_coordinator);
  REQUIRE(f.said.size() == 1);
  CHECK(f.said[0].second.find("cannot read orders-0 at offset 0: ") != std::string::npos);
}

TEST_CASE("a log of several reads that memory answers is loaded at once") {
  shard_fixture f;
  constexpr int commits = 40'000;  // of some 100 bytes each: several reads
  for (int i = 0; i < commits; ++i) f.commit("g", offset(i));
  f.settle();
  f.lead();
  f.shard->load();
  CHECK(f.shard->state() == error_code::none);  // the disk was not asked
  CHECK(f.committed("g") == offset(commits - 1));
}
