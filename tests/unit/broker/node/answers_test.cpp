// Answers hold what was asked for, however the node goes on meanwhile and however often it was asked.
#include <string>

#include <doctest/doctest.h>

#include "node_life.hpp"
#include "wire/messages/describe_configs.hpp"
#include "wire/messages/describe_groups.hpp"
#include "wire/messages/describe_log_dirs.hpp"
#include "wire/messages/find_coordinator.hpp"
#include "wire/messages/join_group.hpp"
#include "wire/messages/list_groups.hpp"
#include "wire/messages/metadata.hpp"
#include "wire/messages/offset_commit.hpp"
#include "wire/messages/offset_fetch.hpp"

using namespace klamm;
using namespace klamm::broker::node::test;

namespace {

constexpr api_version several_groups = 8;

void commit(node_life& at, std::string_view group, const std::string& metadata) {
  wire::offset_commit_request request;
  request.group_id = group;
  auto& topic = request.topics.emplace_back();
  topic.name = "orders";
  auto& partition = topic.partitions.emplace_back();
  partition.committed_offset = offset(5);
  partition.committed_metadata = metadata;
  at.send(request, 5);
}

void find_coordinator(node_life& at, std::string_view group) {
  wire::find_coordinator_request request;
  request.key = group;
  REQUIRE(at.call(request, 2).error_code == error_code::none);
}

/// Joins alone, as clients without KIP-394 do.
void join(node_life& at, std::string_view group) {
  wire::join_group_request request;
  request.group_id = group;
  request.protocol_type = "consumer";
  request.session_timeout_ms = request.rebalance_timeout_ms = millis(10'000);
  request.protocols.emplace_back().name = "range";
  REQUIRE(at.call(request, 3).error_code == error_code::none);
}

}  // namespace

TEST_CASE(
    "offsets of several groups are those of the moment when each could be read, though the answer waits for "
    "all") {
  node_fixture f("ack");
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  for (const auto* const group : {"first", "second"}) find_coordinator(life, group);
  const std::string before(200, 'a'), after(200, 'b');
  commit(life, "first", before);
  life.settle();
  life.answer();

  commit(life, "second", "x");
  wire::offset_fetch_request asked;
  for (const auto* const group : {"first", "second"}) asked.groups.emplace_back().group_id = group;
  for (auto& group : asked.groups) group.topics.reset();
  life.send(asked, several_groups);
  commit(life, "first", after);
  life.settle();
  const auto said = life.read_answer<wire::offset_fetch_request>(several_groups, 1);
  REQUIRE(said.groups.size() == 2);
  CHECK(said.groups[0].topics.at(0).name == "orders");
  CHECK(said.groups[0].topics.at(0).partitions.at(0).metadata == before);
  CHECK(said.groups[1].topics.at(0).partitions.at(0).metadata == "x");
}

TEST_CASE("a topic that is named many times is described once") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  wire::metadata_request request;
  for (int i = 0; i < 1000; ++i) request.topics->emplace_back().name = i % 2 ? "orders" : "none";
  CHECK(life.call(request, 8).topics.size() == 2);
}

TEST_CASE(
    "a resource whose configuration is asked for many times is described once, with every key that was "
    "named") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  wire::describe_configs_request request;
  for (int i = 0; i < 1000; ++i) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 2;  // a topic
    resource.resource_name = i % 2 ? "orders" : "none";
    resource.configuration_keys.emplace() = {i < 500 ? "retention.ms" : "cleanup.policy"};
  }
  const auto some = life.call(request, 4);
  REQUIRE(some.results.size() == 2);
  CHECK(some.results[0].resource_name == "none");
  CHECK(some.results[0].error_code == error_code::unknown_topic_or_partition);
  CHECK(some.results[1].configs.size() == 2);

  request.resources[501].configuration_keys.reset();
  const auto all = life.call(request, 4);
  REQUIRE(all.results.size() == 2);
  CHECK(all.results[1].configs.size() > 20);
}

TEST_CASE("a partition whose log is asked for many times, among very many that are not here, is told once") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  REQUIRE(create(life, "returns") == error_code::none);
  wire::describe_log_dirs_request request;
  auto& topics = request.topics.emplace();
  for (int i = 0; i < 10'000; ++i) {
    auto& topic = topics.emplace_back();
    topic.topic = i % 100 ? "none" : "orders";
    topic.partitions = {partition_id(i % 2), partition_id(0)};
  }
  const auto named = life.call(request, 1);
  REQUIRE(named.results.size() == 1);
  REQUIRE(named.results[0].topics.size() == 1);
  CHECK(named.results[0].topics[0].name == "orders");
  CHECK(named.results[0].topics[0].partitions.size() == 1);
  request.topics.reset();
  CHECK(life.call(request, 1).results.at(0).topics.size() == 2);
}

TEST_CASE("groups are listed by any of the states and types that are named, in whatever case") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  find_coordinator(life, "joining");
  join(life, "joining");
  const auto listed = [&](std::vector<std::string_view> states, std::vector<std::string_view> types = {}) {
    wire::list_groups_request request;
    request.states_filter = std::move(states);
    request.types_filter = std::move(types);
    return life.call(request, 5).groups.size();
  };
  CHECK(listed({}) == 1);
  CHECK(listed({"Stable", "Empty"}) == 0);
  CHECK(listed({"Stable", "completingREBALANCE"}) == 1);
  CHECK(listed({"Completing"}) == 0);
  CHECK(listed({"CompletingRebalance"}, {"CLASSIC"}) == 1);
  CHECK(listed({}, {"consumer"}) == 0);
  CHECK(listed(std::vector<std::string_view>(100'000, "Dead")) == 0);
}

TEST_CASE("a group that is named many times is found once, and described once") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  find_coordinator(life, "joining");
  join(life, "joining");
  wire::find_coordinator_request find;
  wire::describe_groups_request describe;
  for (int i = 0; i < 1000; ++i) {
    find.coordinator_keys.emplace_back(i % 2 ? "joining" : "none");
    describe.groups.push_back(find.coordinator_keys.back());
  }
  const auto found = life.call(find, 4);
  REQUIRE(found.coordinators.size() == 2);
  CHECK(found.coordinators[1].key == "joining");
  const auto described = life.call(describe, 5);
  REQUIRE(described.groups.size() == 2);
  CHECK(described.groups[0].group_state == "Dead");
  CHECK(described.groups[1].members.size() == 1);
}

TEST_CASE(
    "an offset that is asked for many times is told once, with all that any mention of its group asks for") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  find_coordinator(life, "g");
  commit(life, "g", std::string(4000, 'm'));
  life.settle();
  life.answer();
  wire::offset_fetch_request asked;
  for (int i = 0; i < 1000; ++i) {
    auto& group = asked.groups.emplace_back();
    group.group_id = i % 2 ? "g" : "none";
    for (const auto* const name : {"orders", "returns"}) {
      auto& topic = group.topics->emplace_back();
      topic.name = name;
      topic.partition_indexes = {partition_id(0), partition_id(0), partition_id(i < 500 ? 0 : 1)};
    }
  }
  const auto partitions_of = [](const auto& group) {
    std::size_t count = 0;
    for (const auto& topic : group.topics) count += topic.partitions.size();
    return count;
  };
  const auto said = life.call(asked, several_groups);
  REQUIRE(said.groups.size() == 2);
  CHECK(said.groups[1].group_id == "g");
  CHECK(partitions_of(said.groups[1]) == 4);
  CHECK(said.groups[1].topics.at(0).partitions.at(0).committed_offset == offset(5));

  asked.groups[501].topics.reset();  // everything
  const auto all = life.call(asked, several_groups);
  REQUIRE(all.groups.size() == 2);
  CHECK(partitions_of(all.groups[1]) == 1);

  wire::offset_fetch_request of_one;
  of_one.group_id = "g";
  for (int i = 0; i < 1000; ++i) {
    auto& topic = of_one.topics->emplace_back();
    topic.name = "orders";
    topic.partition_indexes = {partition_id(0), partition_id(0)};
  }
  const auto once = life.call(of_one, 7);
  REQUIRE(once.topics.size() == 1);
  CHECK(once.topics[0].partitions.size() == 1);
}
