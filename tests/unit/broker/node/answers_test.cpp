// Answers hold what was asked for, however the node goes on meanwhile and however often it was asked.
#include <string>

#include <doctest/doctest.h>

#include "node_life.hpp"
#include "wire/messages/find_coordinator.hpp"
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
