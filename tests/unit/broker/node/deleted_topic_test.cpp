// What groups have committed for a topic goes with it: a topic of the same name that comes later is another.
#include <doctest/doctest.h>

#include "node_life.hpp"
#include "wire/messages/delete_topics.hpp"
#include "wire/messages/find_coordinator.hpp"
#include "wire/messages/offset_commit.hpp"
#include "wire/messages/offset_fetch.hpp"

using namespace klamm;
using namespace klamm::broker::node::test;

namespace {

void find_coordinator(node_life& at) {
  wire::find_coordinator_request request;
  request.key = "billing";
  REQUIRE(at.call(request, 2).error_code == error_code::none);
}

wire::offset_commit_request commit_of(std::string_view topic) {
  wire::offset_commit_request request;
  request.group_id = "billing";
  auto& to = request.topics.emplace_back();
  to.name = topic;
  to.partitions.emplace_back().committed_offset = offset(5);
  return request;
}

wire::delete_topics_request deletion_of(std::string_view topic) {
  wire::delete_topics_request request;
  request.topic_names = {topic};
  return request;
}

offset committed(node_life& at, std::string_view topic) {
  wire::offset_fetch_request request;
  request.group_id = "billing";
  auto& asked = request.topics.emplace().emplace_back();
  asked.name = topic;
  asked.partition_indexes = {partition_id(0)};
  return at.call(request, 2).topics.at(0).partitions.at(0).committed_offset;
}

node_life& with_commits(node_fixture& f) {
  auto& life = f.start();
  life.connect();
  for (const auto* const topic : {"orders", "others"}) REQUIRE(create(life, topic) == error_code::none);
  find_coordinator(life);
  for (const auto* const topic : {"orders", "others"})
    REQUIRE(life.call(commit_of(topic), 5).topics.at(0).partitions.at(0).error_code == error_code::none);
  REQUIRE(committed(life, "orders") == offset(5));
  return life;
}

}  // namespace

TEST_CASE("offsets of a topic go when it is deleted, and do not come back with its name") {
  node_fixture f;
  auto& life = with_commits(f);
  life.call(deletion_of("orders"), 3);
  CHECK(committed(life, "orders") == offset(-1));
  REQUIRE(create(life, "orders") == error_code::none);
  CHECK(committed(life, "orders") == offset(-1));
  CHECK(committed(life, "others") == offset(5));
}

TEST_CASE("offsets of a topic go when the node was killed while it was deleted") {
  // Each time it dies one step of the disk later.
  int went = 0;
  constexpr int lives = 12;
  for (int steps = 0; steps < lives; ++steps) {
    CAPTURE(steps);
    node_fixture f("ack");
    auto& life = with_commits(f);
    life.send(deletion_of("orders"), 3);
    for (int i = 0; i < steps && life.step(); ++i) {
    }
    auto& next = f.start(sim::crash::kill);
    next.connect();
    find_coordinator(next);
    const bool gone = create(next, "orders") == error_code::none;
    went += gone ? 1 : 0;
    CHECK(committed(next, "orders") == offset(gone ? -1 : 5));
    CHECK(committed(next, "others") == offset(5));
  }
  CHECK(went > 0);
  CHECK(went < lives);
}
