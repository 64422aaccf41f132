// A partition of __consumer_offsets comes back from its log.
#include "broker/node/group_shard.hpp"

#include <memory>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "tests/unit/broker/log/log_node.hpp"
#include "tests/unit/counting_entropy.hpp"

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
    partition.emplace(*disk_of.log, self, std::make_shared<replica::partition_settings>());
    partition->lead({leader_epoch(0), self, {self}, {self}});
    shard = std::make_unique<group_shard>(*partition, group::group_options{}, entropy, disk_of.contexts,
                                          disk_of.now);
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
  std::optional<replica::partition> partition;
  std::unique_ptr<group_shard> shard;
};

std::string numbered(int i) { return "g" + std::to_string(i); }

}  // namespace

TEST_CASE("an empty log is loaded at once, and a commit is answered when the high watermark has passed it") {
  shard_fixture f;
  CHECK(f.shard->loaded());
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
  CHECK(!f.shard->loaded());
  CHECK(*f.commit("g7", offset(1)) == error_code::coordinator_load_in_progress);
  f.shard->load();
  CHECK(!f.shard->loaded());  // the disk has not answered
  f.settle();
  REQUIRE(f.shard->loaded());
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
    CHECK(!f.shard->loaded());
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

TEST_CASE("a log whose records cannot be read is not coordinated here") {
  shard_fixture f;
  f.commit("g", offset(42));
  f.settle();
  f.restart();
  f.disk_of.disk.flip_bit(f.disk_of.path(offset(0), log::file_kind::log), 70, 3);
  f.shard->load();
  f.settle();
  CHECK(!f.shard->loaded());
  CHECK(*f.commit("g", offset(1)) == error_code::not_coordinator);
}
