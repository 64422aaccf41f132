#include "broker/meta/placement.hpp"

#include <map>
#include <set>

#include <doctest/doctest.h>

#include "broker/meta/image_builder.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

struct placed_broker {
  std::int32_t id;
  std::string_view rack = {};
  bool fenced = false;
  bool leaving = false;
};

image cluster(std::initializer_list<placed_broker> brokers) {
  image_builder builder;
  for (const auto& broker : brokers) {
    klamm::wire::register_broker_record record;
    record.broker_id = node_id(broker.id);
    if (!broker.rack.empty()) record.rack = broker.rack;
    record.fenced = broker.fenced;
    record.in_controlled_shutdown = broker.leaving;
    builder.replay(record, offset(0), leader_epoch(1));
  }
  return builder.current();
}

auto place(const image& state, std::size_t partitions, std::int64_t factor, std::uint64_t seed = 1) {
  rng random(seed);
  return place_replicas(state, partitions, factor, random);
}

}  // namespace

TEST_CASE("every rack has a replica before one has two, and no broker two of a partition") {
  const auto state = cluster({{1, "a"}, {2, "a"}, {3, "a"}, {4, "b"}, {5, "b"}, {6, "c"}});
  const auto rack = [&](node_id id) { return *state.broker(id)->rack; };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto placed = place(state, 30, 4, seed);
    REQUIRE(placed);
    for (const auto& replicas : *placed) {
      CHECK(std::set<node_id>(replicas.begin(), replicas.end()).size() == 4);
      CHECK(std::set{rack(replicas[0]), rack(replicas[1]), rack(replicas[2])}.size() == 3);
    }
  }
}

TEST_CASE("leaderships and replicas come out even over brokers without racks") {
  std::map<node_id, int> led, held;
  const auto placed = place(cluster({{1}, {2}, {3}, {4}}), 40, 3);
  REQUIRE(placed);
  for (const auto& replicas : *placed) {
    ++led[replicas.front()];
    for (const auto id : replicas) ++held[id];
  }
  for (const auto& [id, count] : held) {
    CHECK(led[id] == 10);
    CHECK(count == 30);
  }
}

TEST_CASE("where the turns begin is random, and the same for the same seed") {
  const auto state = cluster({{1}, {2}, {3}, {4}, {5}});
  std::set<node_id> first;
  for (std::uint64_t seed = 0; seed < 40; ++seed) first.insert(place(state, 1, 1, seed)->front().front());
  CHECK(first.size() == 5);
  CHECK(*place(state, 9, 3, 5) == *place(state, 9, 3, 5));
}

TEST_CASE("a fenced broker comes last and leads nothing; one that leaves takes nothing") {
  const auto state = cluster({{.id = 1}, {.id = 2, .fenced = true}, {.id = 3}, {.id = 4, .leaving = true}});
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto placed = place(state, 12, 3, seed);
    REQUIRE(placed);
    for (const auto& replicas : *placed) CHECK(replicas.back() == node_id(2));
  }
  CHECK(place(state, 1, 4).code() == error_code::invalid_replication_factor);
}

TEST_CASE("a replication factor that cannot be had is refused in Kafka's words") {
  const auto state = cluster({{1}, {2}});
  CHECK(place(state, 1, 0).code() == error_code::invalid_replication_factor);
  CHECK(place(state, 1, 3).failure().message ==
        "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached "
        "because "
        "only 2 broker(s) are registered.");
  CHECK(place(cluster({{.id = 1, .fenced = true}}), 1, 1).failure().message ==
        "Unable to replicate the partition 1 time(s): All brokers are currently fenced.");
}
