// AlterPartition, elections and reassignments, through the controller.
#include "broker/meta/partition_decisions.hpp"

#include <doctest/doctest.h>

#include "tests/unit/broker/meta/meta_cluster.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

/// Three brokers, and "orders" on all of them, led by 1.
struct ordered_cluster : meta_cluster {
  ordered_cluster() : meta_cluster(3) { create("orders", {{1, 2, 3}}); }

  error_code altered(auto change) {
    auto request = isr_request("orders", {1, 2});
    change(request, request.topics.at(0).partitions.at(0));
    const auto answer = alter(request);
    if (answer.error_code != error_code::none) return answer.error_code;
    return answer.topics.at(0).partitions.at(0).error_code;
  }
  error_code elect(std::int8_t type) {
    wire::elect_leaders_request request;
    request.election_type = type;
    auto& asked = request.topic_partitions.emplace().emplace_back();
    asked.topic = "orders";
    asked.partitions = {partition_id(0)};
    const auto answer = ask<wire::elect_leaders_response>(request, &controller::elect_leaders);
    commit();
    if ((*answer)->error_code != error_code::none) return (*answer)->error_code;
    return (*answer)->replica_election_results.at(0).partition_result.at(0).error_code;
  }
  error_code reassign(std::optional<std::vector<node_id>> replicas, std::int32_t index = 0,
                      bool may_change_factor = true) {
    wire::alter_partition_reassignments_request request;
    request.allow_replication_factor_change = may_change_factor;
    auto& topic = request.topics.emplace_back();
    topic.name = "orders";
    auto& wanted = topic.partitions.emplace_back();
    wanted.partition_index = partition_id(index);
    wanted.replicas = std::move(replicas);
    const auto answer = ask<wire::alter_partition_reassignments_response>(
        request, &controller::alter_partition_reassignments);
    commit();
    return (*answer)->responses.at(0).partitions.at(0).error_code;
  }
  std::size_t reassigning() {
    const auto answer = ask<wire::list_partition_reassignments_response>(
        wire::list_partition_reassignments_request(), &controller::list_partition_reassignments);
    commit();
    return (*answer)->topics.size();
  }
};

std::vector<node_id> sorted(std::vector<node_id> nodes) {
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

constexpr std::int8_t preferred = 0, unclean = 1;

}  // namespace

TEST_CASE("the leader's ISR is taken, and the answer says what the partition is now") {
  ordered_cluster c;
  const auto answer = c.alter(c.isr_request("orders", {1, 2}));
  const auto& said = answer.topics.at(0).partitions.at(0);
  const auto now = c.partition("orders");
  CHECK(said.error_code == error_code::none);
  CHECK(said.isr == ids({1, 2}));
  CHECK(now.isr == ids({1, 2}));
  CHECK(said.leader_id == node_id(1));
  CHECK(said.leader_epoch == now.leader_epoch);
  CHECK(said.partition_epoch == now.partition_epoch);
  CHECK(now.partition_epoch == 1);
}

TEST_CASE("an ISR is refused as Kafka does, and then nothing changes") {
  ordered_cluster c;
  CHECK(c.altered([](auto& r, auto&) { r.broker_epoch -= 1; }) == error_code::stale_broker_epoch);
  CHECK(c.altered([](auto& r, auto&) { r.broker_id = node_id(9); }) == error_code::stale_broker_epoch);
  CHECK(c.altered([](auto& r, auto&) { r.topics.at(0).topic_id = number_uuid(9, 9); }) ==
        error_code::unknown_topic_id);
  CHECK(c.altered([](auto&, auto& p) { p.partition_index = partition_id(1); }) ==
        error_code::unknown_topic_or_partition);
  CHECK(c.altered([](auto&, auto& p) { ++p.leader_epoch; }) == error_code::not_controller);
  CHECK(c.altered([](auto&, auto& p) { ++p.partition_epoch; }) == error_code::not_controller);
  CHECK(c.altered([](auto&, auto& p) { p.leader_epoch = p.leader_epoch - 1; }) ==
        error_code::fenced_leader_epoch);
  CHECK(c.altered([](auto&, auto& p) { --p.partition_epoch; }) == error_code::invalid_update_version);
  CHECK(c.altered([&](auto& r, auto&) {
    r.broker_id = node_id(2);
    r.broker_epoch = c.epochs.at(2);
  }) == error_code::invalid_request);
  CHECK(c.altered([](auto&, auto& p) { p.new_isr_with_epochs.erase(p.new_isr_with_epochs.begin()); }) ==
        error_code::invalid_request);
  CHECK(c.altered([](auto&, auto& p) { p.new_isr_with_epochs.clear(); }) == error_code::invalid_request);
  CHECK(c.altered([](auto&, auto& p) { p.new_isr_with_epochs.push_back(p.new_isr_with_epochs.back()); }) ==
        error_code::invalid_request);
  CHECK(c.altered([](auto&, auto& p) { p.new_isr_with_epochs.back().broker_id = node_id(7); }) ==
        error_code::invalid_request);
  CHECK(c.altered([](auto&, auto& p) { p.leader_recovery_state = recovering; }) ==
        error_code::invalid_request);
  CHECK(c.partition("orders").partition_epoch == 0);
}

TEST_CASE("version 2 names the members without their epochs") {
  ordered_cluster c;
  CHECK(c.altered([](auto&, auto& p) {
    p.new_isr = ids({1, 3});
    p.new_isr_with_epochs.clear();
  }) == error_code::none);
  CHECK(c.partition("orders").isr == ids({1, 3}));
}

TEST_CASE("a fenced broker does not join an ISR, nor one that is on its way out (KIP-841, KAFKA-13916)") {
  ordered_cluster c;
  c.lose({3});
  CHECK(c.partition("orders").isr == ids({1, 2}));
  CHECK(c.set_isr("orders", {1, 2, 3}) == error_code::ineligible_replica);
  c.beat(3);
  CHECK(c.set_isr("orders", {1, 2, 3}) == error_code::none);
  c.create("led-by-three", {{3, 1, 2}});
  c.beat(3, false, true);
  REQUIRE(c.broker(3).in_controlled_shutdown);
  CHECK(c.set_isr("orders", {1, 2, 3}) == error_code::ineligible_replica);
}

TEST_CASE("a fetch of an earlier incarnation joins nobody (KIP-903, KAFKA-14617, KAFKA-15221)") {
  ordered_cluster c;
  c.lose({3});
  const auto before = c.epochs.at(3);
  c.join(3, 2);
  auto request = c.isr_request("orders", {1, 2, 3});
  auto& member = request.topics.at(0).partitions.at(0).new_isr_with_epochs.at(2);
  member.broker_epoch = before;
  CHECK(c.alter(request).topics.at(0).partitions.at(0).error_code == error_code::ineligible_replica);
  member.broker_epoch = c.epochs.at(3);
  CHECK(c.alter(request).topics.at(0).partitions.at(0).error_code == error_code::none);
  CHECK(c.partition("orders").isr == ids({1, 2, 3}));
}

TEST_CASE(
    "a broker that restarts before it was fenced leaves the ISR with its old incarnation (KAFKA-15221)") {
  ordered_cluster c;
  c.clock.steady += millis(9000);  // its session is over, and nothing was done about it yet
  REQUIRE(c.partition("orders").isr == ids({1, 2, 3}));
  c.join(3, 2);
  CHECK(c.partition("orders").isr == ids({1, 2}));
  CHECK(c.partition("orders").leader_epoch == leader_epoch(0));
}

TEST_CASE("an unclean leader reports that it has recovered") {
  ordered_cluster c;
  CHECK(c.set_isr("orders", {1}) == error_code::none);
  c.lose({1});
  CHECK(c.elect(unclean) == error_code::none);
  CHECK(c.partition("orders").leader == node_id(2));
  CHECK(c.partition("orders").leader_recovery_state == recovering);
  CHECK(c.partition("orders").isr == ids({2}));
  CHECK(c.set_isr("orders", {2}) == error_code::none);
  CHECK(c.partition("orders").leader_recovery_state == recovered);
}

TEST_CASE("elections say what they cannot do") {
  ordered_cluster c;
  CHECK(c.elect(7) == error_code::invalid_request);
  CHECK(c.elect(preferred) == error_code::election_not_needed);
  CHECK(c.elect(unclean) == error_code::election_not_needed);
  c.lose({1});
  CHECK(c.elect(preferred) == error_code::preferred_leader_not_available);
  c.beat(1);
  CHECK(c.set_isr("orders", {1, 2, 3}) == error_code::none);
  CHECK(c.partition("orders").leader == node_id(2));
  CHECK(c.elect(preferred) == error_code::none);
  CHECK(c.partition("orders").leader == node_id(1));
  c.lose({1, 2, 3});
  CHECK(c.elect(unclean) == error_code::eligible_leaders_not_available);
}

TEST_CASE("an election of every partition says nothing of those that need none") {
  ordered_cluster c;
  c.create("more", {{2, 1}, {1, 2}});
  c.lose({1});
  c.beat(1);
  wire::elect_leaders_request request;
  request.election_type = preferred;
  request.topic_partitions = std::nullopt;
  const auto answer = c.ask<wire::elect_leaders_response>(request, &controller::elect_leaders);
  c.commit();
  std::size_t said = 0;
  for (const auto& topic : (*answer)->replica_election_results) said += topic.partition_result.size();
  CHECK(said == 2);  // the two that 1 is preferred for
}

TEST_CASE("leaderships go back to where they are preferred") {
  ordered_cluster c;
  c.lose({1});
  c.beat(1);
  CHECK(c.set_isr("orders", {1, 2, 3}) == error_code::none);
  REQUIRE(c.partition("orders").leader == node_id(2));
  while (c.clock.steady < time_point() + std::chrono::seconds(300)) {
    for (const auto id : {1, 2, 3}) c.beat(id);
    c.pass(std::chrono::seconds(5));
  }
  CHECK(c.partition("orders").leader == node_id(1));
}

TEST_CASE("a partition moves to another broker once that is in sync") {
  ordered_cluster c;
  c.join(4);
  CHECK(c.reassign(ids({4, 2, 3})) == error_code::none);
  auto p = c.partition("orders");
  CHECK(p.replicas == ids({4, 2, 3, 1}));
  CHECK(p.adding == ids({4}));
  CHECK(p.removing == ids({1}));
  CHECK(p.directories.at(0) == number_uuid(200, 4));
  CHECK(p.leader == node_id(1));
  CHECK(c.reassigning() == 1);
  // Its leader goes with it: that is told by the error, and is done all the same.
  CHECK(c.set_isr("orders", {1, 2, 3, 4}) == error_code::new_leader_elected);
  p = c.partition("orders");
  CHECK(p.replicas == ids({4, 2, 3}));
  CHECK(p.isr == ids({2, 3, 4}));
  CHECK(p.leader == node_id(4));
  CHECK_FALSE(is_reassigning(p));
  CHECK(c.reassigning() == 0);
}

TEST_CASE("a move that is called off leaves what was") {
  ordered_cluster c;
  c.join(4);
  CHECK(c.reassign(std::nullopt) == error_code::no_reassignment_in_progress);
  CHECK(c.reassign(ids({4, 2, 3})) == error_code::none);
  CHECK(c.reassign(std::nullopt) == error_code::none);
  CHECK(sorted(c.partition("orders").replicas) == ids({1, 2, 3}));
  CHECK_FALSE(is_reassigning(c.partition("orders")));
}

TEST_CASE("a move that is asked for again is the same move") {
  ordered_cluster c;
  c.join(4);
  CHECK(c.reassign(ids({1, 2, 3, 4})) == error_code::none);
  const auto before = c.partition("orders");
  CHECK(c.reassign(ids({1, 2, 3, 4})) == error_code::none);
  CHECK(c.partition("orders") == before);
  CHECK(c.reassigning() == 1);
  CHECK(c.reassign(std::nullopt) == error_code::none);
  CHECK(c.partition("orders").replicas == ids({1, 2, 3}));
}

TEST_CASE("a move that gets another target while it goes on adds who is added then, or still who was") {
  ordered_cluster c;
  c.join(4);
  c.join(5);
  CHECK(c.reassign(ids({2, 3, 4})) == error_code::none);
  CHECK(c.reassign(ids({1, 3, 4})) == error_code::none);
  CHECK(c.partition("orders").adding == ids({4}));
  CHECK(c.partition("orders").removing == ids({2}));
  CHECK(c.reassign(ids({1, 3, 5})) == error_code::none);
  CHECK(c.partition("orders").adding == ids({5}));
  CHECK(c.partition("orders").removing == ids({2, 4}));
  // Kafka would go on with the removal of who is to stay now.
  CHECK(c.reassign(ids({1, 2, 3, 4, 5})) == error_code::none);
  CHECK(c.partition("orders").adding == ids({5}));
  CHECK(c.partition("orders").removing.empty());
}

TEST_CASE("a move back to where the partition was is done at once") {
  ordered_cluster c;
  c.join(4);
  CHECK(c.reassign(ids({1, 2, 4})) == error_code::none);
  CHECK(c.reassign(ids({1, 2, 3})) == error_code::none);  // Kafka would still list it, until it is called off
  CHECK(c.partition("orders").replicas == ids({1, 2, 3}));
  CHECK_FALSE(is_reassigning(c.partition("orders")));
}

TEST_CASE("a move is refused as Kafka does; another order alone is done at once") {
  ordered_cluster c;
  CHECK(c.reassign(ids({1}), 5) == error_code::unknown_topic_or_partition);
  CHECK(c.reassign(ids({})) == error_code::invalid_replica_assignment);
  CHECK(c.reassign(ids({1, 1})) == error_code::invalid_replica_assignment);
  CHECK(c.reassign(ids({1, 9})) == error_code::invalid_replica_assignment);
  CHECK(c.reassign(ids({1, 2}), 0, false) == error_code::invalid_replication_factor);
  CHECK(c.reassign(ids({3, 1, 2})) == error_code::none);
  CHECK(c.partition("orders").replicas == ids({3, 1, 2}));
  CHECK_FALSE(is_reassigning(c.partition("orders")));
  CHECK(c.reassign(ids({3, 1})) == error_code::none);
  CHECK(c.partition("orders").isr == ids({1, 3}));
}

TEST_CASE("an eligible leader is one for the minimum that is configured: another clears it (KIP-966)") {
  ordered_cluster c;
  c.configure("orders", "min.insync.replicas", "2");
  CHECK(c.set_isr("orders", {1}) == error_code::none);
  CHECK(c.partition("orders").eligible_leaders == ids({2, 3}));
  c.configure("orders", "min.insync.replicas", "1");
  CHECK(c.partition("orders").eligible_leaders.empty());
}

TEST_CASE("a topic that comes to allow unclean leaders gets one at once") {
  ordered_cluster c;
  CHECK(c.set_isr("orders", {1}) == error_code::none);
  c.lose({1});
  REQUIRE(c.partition("orders").leader == no_leader);
  c.configure("orders", "unclean.leader.election.enable", "true");
  CHECK(c.partition("orders").leader == node_id(2));
  CHECK(c.partition("orders").leader_recovery_state == recovering);
}

TEST_CASE("a broker of very many partitions is fenced in several batches (KAFKA-14204)") {
  meta_cluster c(2);
  for (const std::string_view name : {"many", "more"}) {
    wire::create_topics_request request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = 6000;
    topic.replication_factor = 2;
    const auto answer = c.ask<wire::create_topics_response>(request, &controller::create_topics);
    c.pass(millis(1000));
    REQUIRE((*answer)->topics.at(0).error_code == error_code::none);
  }
  const auto before = c.log.batches.size();
  c.beat(1, true);
  REQUIRE(c.log.batches.size() == before + 2);
  CHECK(c.log.batches[before].size() == most_records_at_once);
  CHECK(c.broker(1).fenced);
  CHECK(c.partition("many", 5999).isr == ids({2}));
}
