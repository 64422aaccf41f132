// AssignReplicasToDirs (KIP-858), through the controller.
#include "broker/meta/directory_decisions.hpp"

#include <doctest/doctest.h>

#include "broker/meta/directories.hpp"
#include "tests/unit/broker/meta/meta_cluster.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

const auto first = number_uuid(200, 1), second = number_uuid(201, 1);  // of broker 1

/// Three brokers, and "orders" on all of them, led by 1.
struct assigned_cluster : meta_cluster {
  assigned_cluster() : meta_cluster(3) { create("orders", {{1, 2, 3}}); }

  wire::assign_replicas_to_dirs_request request(std::int32_t broker, const uuid& directory) const {
    wire::assign_replicas_to_dirs_request request;
    request.broker_id = node_id(broker);
    request.broker_epoch = epochs.at(broker);
    auto& to = request.directories.emplace_back();
    to.id = directory;
    auto& topic = to.topics.emplace_back();
    topic.topic_id = topic_id("orders");
    topic.partitions.emplace_back().partition_index = partition_id(0);
    return request;
  }
  error_code assign(const wire::assign_replicas_to_dirs_request& request) {
    const auto answer =
        ask<wire::assign_replicas_to_dirs_response>(request, &controller::assign_replicas_to_dirs);
    commit();
    REQUIRE(*answer);
    if ((*answer)->error_code != error_code::none) return (*answer)->error_code;
    return (*answer)->directories.at(0).topics.at(0).partitions.at(0).error_code;
  }
  error_code assign(std::int32_t broker, const uuid& directory) { return assign(request(broker, directory)); }
  uuid directory(std::int32_t broker) const { return directory_of(partition("orders"), node_id(broker)); }
  /// A new life of the broker with another directory, after it was killed.
  void replace_disk(std::int32_t id, const uuid& directory) {
    lose({id});
    auto wanted = registration(id, 2);
    wanted.log_dirs = {directory};
    REQUIRE(register_with(wanted).error_code == error_code::none);
    REQUIRE(!beat(id).is_fenced);
  }
};

}  // namespace

TEST_CASE("a broker says in which of its directories a replica is") {
  assigned_cluster c;
  auto two = c.registration(1);
  two.log_dirs.push_back(second);
  REQUIRE(c.register_with(two).error_code == error_code::none);
  CHECK(c.directory(1) == first);
  const auto before = c.partition("orders");
  CHECK(c.assign(1, second) == error_code::none);
  CHECK(c.directory(1) == second);
  CHECK(c.directory(2) == number_uuid(200, 2));
  CHECK(c.partition("orders").partition_epoch == before.partition_epoch + 1);
  CHECK(c.partition("orders").isr == before.isr);
  // Saying it again changes nothing.
  CHECK(c.assign(1, second) == error_code::none);
  CHECK(c.partition("orders").partition_epoch == before.partition_epoch + 1);
}

TEST_CASE("assignments are refused as Kafka does, and then nothing changes") {
  assigned_cluster c;
  auto stale = c.request(1, second);
  stale.broker_epoch -= 1;
  CHECK(c.assign(stale) == error_code::stale_broker_epoch);
  auto topic = c.request(1, second);
  topic.directories.at(0).topics.at(0).topic_id = number_uuid(9, 9);
  CHECK(c.assign(topic) == error_code::unknown_topic_id);
  auto partition = c.request(1, second);
  partition.directories.at(0).topics.at(0).partitions.at(0).partition_index = partition_id(1);
  CHECK(c.assign(partition) == error_code::unknown_topic_or_partition);
  c.join(4);
  CHECK(c.assign(4, number_uuid(200, 4)) == error_code::not_leader_or_follower);
  CHECK(c.partition("orders").partition_epoch == 0);
}

TEST_CASE("a replica in a directory that its broker has not leads no more") {
  assigned_cluster c;
  CHECK(c.assign(1, lost_directory) == error_code::none);
  const auto now = c.partition("orders");
  CHECK(now.leader == node_id(2));
  CHECK(now.isr == ids({2, 3}));
  CHECK(c.directory(1) == lost_directory);
}

TEST_CASE(
    "a replica may lead again once the metadata place it in the directory that took the lost one's place") {
  assigned_cluster c;
  c.replace_disk(1, second);
  REQUIRE(c.set_isr("orders", {2, 3, 1}) == error_code::none);
  c.lose({2, 3});
  CHECK(c.partition("orders").leader == no_leader);  // 1 is in sync, and nobody knows where it has it
  CHECK(c.assign(1, second) == error_code::none);
  CHECK(c.directory(1) == second);
  CHECK(c.partition("orders").leader == node_id(1));
}

TEST_CASE("whose disk was lost leads no more as the last known leader") {
  assigned_cluster c;
  c.lose({2, 3});
  REQUIRE(c.partition("orders").isr == ids({1}));
  c.replace_disk(1, second);
  REQUIRE(c.partition("orders").leader == no_leader);
  CHECK(c.assign(1, second) == error_code::none);
  CHECK(c.beat(1).error_code == error_code::none);
  CHECK(c.partition("orders").leader == no_leader);
  CHECK(c.partition("orders").last_known_eligible.empty());
}

TEST_CASE("a replica is offline while its broker is fenced, and when its directory is gone") {
  assigned_cluster c;
  const auto offline = [&c] { return offline_replicas(c.state(), c.partition("orders")); };
  CHECK(offline().empty());
  c.lose({3});
  CHECK(offline() == ids({3}));
  CHECK(c.assign(1, lost_directory) == error_code::none);
  CHECK(offline() == ids({1, 3}));
}
