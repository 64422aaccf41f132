// Offsets, loading, deletion and expiry: what the log of a group coordinator means.
#include <algorithm>

#include <doctest/doctest.h>

#include "broker/group/group_records.hpp"
#include "group_fixture.hpp"
#include "wire/messages/consumer_protocol_subscription.hpp"
#include "wire/versioned.hpp"

using namespace klamm;
using namespace klamm::broker::group;
using namespace klamm::broker::group::test;

namespace {

constexpr auto nobody = generation_id(-1);
/// As the consumer protocol has it: version 0, the topic "t", no user data.
const std::string subscription_to_t("\x00\x00\x00\x00\x00\x01\x00\x01t\xff\xff\xff\xff", 13);
const std::vector<topic_partition> t0 = {{"t", partition_id(0)}};

error_code delete_offsets(group_fixture& f) {
  auto outcome = error_code::unknown_server_error;
  f.coordinator->delete_offsets(
      "g", t0,
      [&](error_code whole, std::span<const error_code> each) { outcome = each.empty() ? whole : each[0]; },
      f.now);
  f.commit_log();
  return outcome;
}

error_code delete_group(group_fixture& f) {
  auto outcome = error_code::unknown_server_error;
  f.coordinator->delete_group("g", [&](error_code why) { outcome = why; }, f.now);
  f.commit_log();
  return outcome;
}

}  // namespace

TEST_CASE("a commit is answered when it is committed, and read back after a restart") {
  group_fixture f;
  const auto id = f.stable_group(1)[0];
  const auto answer = f.commit(id, generation_id(1), offset(42), "note");
  CHECK(!answer->has_value());
  bool readable = false;
  f.coordinator->when_readable("g", [&](error_code) { readable = true; });
  CHECK_MESSAGE(!readable, "an offset that may still be lost is not shown");
  f.commit_log();
  CHECK(*answer == error_code::none);
  CHECK(readable);

  f.restart();
  CHECK(f.committed() == offset(42));
  const auto* found = f.coordinator->offsets().find("g", "t", partition_id(0));
  CHECK(found->metadata == "note");
  CHECK(found->leader_epoch == leader_epoch(1));
  CHECK(found->committed_at == f.now.wall);
}

TEST_CASE("binary commit metadata comes back as it went in") {
  group_fixture f;
  const std::string binary("\x00\xff\xfe\x80", 4);
  f.commit("", nobody, offset(1), binary);
  f.restart();
  CHECK(f.coordinator->offsets().find("g", "t", partition_id(0))->metadata == binary);
}

TEST_CASE("commit metadata beyond the limit is refused, and the offset with it") {
  group_fixture f;
  CHECK(*f.commit("", nobody, offset(1), std::string(4097, 'x')) == error_code::offset_metadata_too_large);
  CHECK(f.committed() == offset());
}

TEST_CASE("who may commit for a group") {
  group_fixture f;
  CHECK(*f.commit("m", generation_id(3), offset(1)) ==
        error_code::illegal_generation);  // there is no such group
  const auto id = f.stable_group(1)[0];
  CHECK(*f.commit("", nobody, offset(1)) == error_code::unknown_member_id);  // it has members
  CHECK(*f.commit("stranger", generation_id(1), offset(1)) == error_code::unknown_member_id);
  CHECK(*f.commit(id, generation_id(2), offset(1)) == error_code::illegal_generation);
  const auto taken = f.commit(id, generation_id(1), offset(1));
  f.commit_log();
  CHECK(*taken == error_code::none);
  f.leave(id);
  const auto by_admin = f.commit("", nobody, offset(9));
  f.commit_log();
  CHECK(*by_admin == error_code::none);
  CHECK(f.committed() == offset(9));
}

TEST_CASE("between join and sync a commit is told to rebalance first") {
  group_fixture f;
  const auto joined = f.join_new();
  CHECK(*f.commit((*joined)->member, generation_id(1), offset(1)) == error_code::rebalance_in_progress);
}

TEST_CASE("members that are stable stay so over a restart of the coordinator") {
  group_fixture f;
  const auto ids = f.stable_group(3);
  f.restart();
  CHECK(f.state() == "Stable");
  for (const auto& id : ids) CHECK(f.heartbeat(id, generation_id(1)) == error_code::none);
  const auto synced = f.sync(ids[1], generation_id(1));
  REQUIRE(synced->has_value());
  CHECK((*synced)->assignment == "of " + ids[1]);
}

TEST_CASE("while the log is loaded commands are told to come again; afterwards, that it is elsewhere") {
  group_fixture f;
  seeded_entropy entropy;
  group_coordinator loading({}, f.partition, entropy);
  wire::describe_groups_response::described_group out;
  CHECK(loading.describe("g", out) == error_code::coordinator_load_in_progress);
  CHECK(loading.heartbeat("g", "m", {}, generation_id(1), f.now) == error_code::none);
  f.coordinator->on_unloaded(f.now);
  CHECK(f.heartbeat("m", generation_id(1)) == error_code::not_coordinator);
}

TEST_CASE("whoever waits is answered when the coordinator moves away") {
  group_fixture f;
  f.stable_group(1);
  const auto joining = f.join_new();
  f.coordinator->on_unloaded(f.now);
  REQUIRE(joining->has_value());
  CHECK((*joining)->error == error_code::not_coordinator);
}

TEST_CASE("a group is deleted only when it is empty, and then it and its offsets are gone for good") {
  group_fixture f;
  CHECK(delete_group(f) == error_code::group_id_not_found);
  const auto id = f.stable_group(1)[0];
  f.commit(id, generation_id(1), offset(5));
  f.commit_log();
  CHECK(delete_group(f) == error_code::non_empty_group);
  f.leave(id);
  CHECK(delete_group(f) == error_code::none);
  CHECK(f.state() == "none");
  f.restart();
  CHECK(f.state() == "none");
  CHECK(f.committed() == offset());
}

TEST_CASE("an offset is deleted unless a member subscribes to its topic") {
  group_fixture f;
  const auto joined = f.join_new({.protocols = {{"range", subscription_to_t}}});
  const auto id = (*joined)->member;
  f.sync(id, generation_id(1), {{id, "x"}});
  f.commit_log();
  f.commit(id, generation_id(1), offset(5));
  f.commit_log();
  CHECK(delete_offsets(f) == error_code::group_subscribed_to_topic);
  f.leave(id);
  CHECK(delete_offsets(f) == error_code::none);
  f.restart();
  CHECK(f.committed() == offset());
}

TEST_CASE("what members subscribe to is read once for all offsets that are to be deleted") {
  // 10^5 offsets against 10^5 topics, each read and compared anew, would go on for minutes.
  std::vector<topic_partition> all;
  for (int i = 0; i < 100'000; ++i) all.push_back({"t" + std::to_string(i), partition_id(0)});
  wire::consumer_protocol_subscription subscription;
  for (std::size_t i = 1; i < all.size(); ++i) subscription.topics.push_back(all[i].topic);
  const auto bytes = wire::encode_versioned(subscription, 0);
  group_fixture f;
  f.join_new({.protocols = {{"range", std::string(as_text(bytes))}}});
  std::vector<error_code> outcomes;
  f.coordinator->delete_offsets(
      "g", all,
      [&](error_code, std::span<const error_code> each) { outcomes.assign(each.begin(), each.end()); },
      f.now);
  REQUIRE(outcomes.size() == all.size());
  CHECK(outcomes.front() == error_code::none);
  CHECK(std::ranges::count(outcomes, error_code::group_subscribed_to_topic) == 99'999);
}

TEST_CASE("offsets expire a retention after the group became empty, not while it has members") {
  group_options options;
  options.offsets_retention = std::chrono::hours(1);
  group_fixture f(options);
  const auto id = f.stable_group(1)[0];
  f.commit(id, generation_id(1), offset(5));
  f.commit_log();
  for (int i = 0; i < 1000; ++i) {
    f.pass(std::chrono::seconds(9));
    f.heartbeat(id, generation_id(1));
  }
  CHECK(f.committed() == offset(5));
  f.leave(id);
  f.pass(std::chrono::minutes(45));
  CHECK(f.committed() == offset(5));
  f.pass(std::chrono::minutes(30));
  CHECK(f.committed() == offset());
  CHECK(f.state() == "none");
}

TEST_CASE("offsets of a topic that no member reads any more expire while others go on") {
  group_options options;
  options.offsets_retention = std::chrono::hours(1);
  group_fixture f(options);
  const auto joined = f.join_new({.protocols = {{"range", subscription_to_t}}, .session_ms = 1'800'000});
  const auto id = (*joined)->member;
  f.sync(id, generation_id(1), {{id, "x"}});
  f.commit_log();
  f.commit_of("t", id, generation_id(1), offset(5));
  f.commit_of("left", id, generation_id(1), offset(7));
  f.commit_log();
  for (int minutes = 0; minutes < 80; minutes += 20) {
    f.heartbeat(id, generation_id(1));
    f.pass(std::chrono::minutes(20));
  }
  CHECK(f.committed("t") == offset(5));
  CHECK(f.committed("left") == offset());
  CHECK(f.state() == "Stable");
}

TEST_CASE("a commit is kept for as long as it says, where it does") {
  group_fixture f;
  f.commit_of("t", "", nobody, offset(5), millis(1'800'000));
  f.restart();
  CHECK(f.committed() == offset(5));
  f.pass(std::chrono::minutes(29));
  CHECK(f.committed() == offset(5));
  f.pass(std::chrono::minutes(20));
  CHECK(f.committed() == offset());
}

TEST_CASE("what was committed for a topic goes with the topic") {
  group_fixture f;
  f.commit_of("t", "", nobody, offset(5));
  f.commit_of("other", "", nobody, offset(6));
  f.coordinator->forget_topics([](std::string_view topic) { return topic == "t"; }, f.now);
  CHECK(f.committed("t") == offset());
  f.restart();
  CHECK(f.committed("t") == offset());
  CHECK(f.committed("other") == offset(6));
}

TEST_CASE("a group with more offsets than a batch may say is forgotten in several") {
  group_fixture f;
  const std::string topic(249, 't');
  for (int first = 0; first < 4000; first += 1000) {
    offset_commit_command command{"g", "", std::nullopt, nobody, {}};
    for (int i = 0; i < 1000; ++i)
      command.offsets.push_back({{topic, partition_id(first + i)}, offset(1), leader_epoch(1), ""});
    f.coordinator->commit(command, [](std::span<const error_code>) {}, f.now);
  }
  const auto before = f.partition.appends;
  CHECK(delete_group(f) == error_code::none);
  CHECK(f.partition.appends > before + 1);
  f.restart();
  CHECK(f.state() == "none");
}

TEST_CASE("a transaction's offsets count when it commits, and never over a later commit") {
  committed_offsets offsets;
  const topic_partition at{"t", partition_id(0)};
  const auto said = [](std::int64_t next, std::int64_t record) {
    committed_offset offset;
    offset.next = klamm::offset(next);
    offset.record = klamm::offset(record);
    return offset;
  };
  offsets.set("g", at, said(10, 1), producer_id(7));
  CHECK(offsets.pending("g", at));
  CHECK(!offsets.find("g", "t", partition_id(0)));
  offsets.end_transaction(producer_id(7), true);
  CHECK(offsets.find("g", "t", partition_id(0))->next == offset(10));
  CHECK(!offsets.pending("g", at));

  offsets.set("g", at, said(20, 2), producer_id(7));
  offsets.set("g", at, said(30, 3), std::nullopt);
  offsets.end_transaction(producer_id(7), true);
  CHECK(offsets.find("g", "t", partition_id(0))->next == offset(30));

  offsets.set("g", at, said(40, 5), producer_id(8));
  offsets.end_transaction(producer_id(8), false);
  CHECK(offsets.find("g", "t", partition_id(0))->next == offset(30));
}

TEST_CASE("records of kinds and versions that are not known are passed over") {
  group_fixture f;
  const auto unknown_key = std::vector<std::byte>{std::byte{0}, std::byte{99}, std::byte{1}};
  const auto short_key = std::vector<std::byte>{std::byte{0}};
  for (const auto& key : {unknown_key, short_key}) {
    klamm::broker::coordinator::new_record record{key, std::vector<std::byte>{}};
    CHECK(f.partition.append({&record, 1}, f.now).has_value());
  }
  CHECK(f.state() == "none");
}
