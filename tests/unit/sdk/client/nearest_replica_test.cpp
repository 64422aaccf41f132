// A partition with a replica in the consumer's rack (KIP-392): the leader is node 1, the nearer replica node 2.
#include <functional>

#include <doctest/doctest.h>

#include "consumer_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

constexpr node_id leader(1), nearer(2);
constexpr duration lease = 20 * second;

struct racks : consumer_script {
  static core_options in_the_east() {
    auto options = consuming();
    options.consumer->rack = "east";
    options.connection.metadata_max_age = lease;
    return options;
  }
  std::int64_t delivered = 0;
  uuid topic_id;

  racks() : consumer_script(in_the_east()) {
    cluster.brokers = 3;
    cluster.topics["a"] = 1;
    assign({a0});
    topic_id = fetches().at(0).topics.at(0).topic_id;
  }
  /// The only request that lies at a broker.
  node_id asked_at() const {
    REQUIRE(cluster.held.size() == 1);
    return cluster.broker_of(cluster.held[0]);
  }
  std::string rack() const { return std::string(fetches().at(0).rack_id); }
  /// Whatever it asks: a session that goes on names only what has changed.
  void answer(const std::function<void(wire::fetch_response::partition_data&)>& say) {
    const auto request = std::exchange(cluster.held, {}).at(0);
    wire::fetch_response out;
    out.session_id = 7;
    auto& topic = out.responses.emplace_back();
    topic.topic_id = topic_id;
    say(topic.partitions.emplace_back());
    cluster.reply(request, out);
    cluster.settle();
  }
  void name(node_id replica) {
    answer([&](auto& said) { said.preferred_read_replica = replica; });
  }
  void refuse(error_code why) {
    answer([&](auto& said) { said.error_code = why; });
  }
  /// The next three records come.
  void deliver() {
    answer([&](auto& said) { said.records = three_records(3 * delivered++); });
  }
  /// The leader named it, and it is asked.
  void go_near() {
    name(nearer);
    REQUIRE(asked_at() == nearer);
  }
};

}  // namespace

TEST_CASE("the leader is told the rack, and the replica that it names is read from") {
  racks f;
  CHECK(f.asked_at() == leader);
  CHECK(f.rack() == "east");
  f.name(nearer);
  CHECK(f.asked_at() == nearer);
  f.deliver();
  CHECK(f.sink.next == std::vector<std::int64_t>{3});
  CHECK(f.asked_at() == nearer);
}

TEST_CASE("after metadata_max_age the leader is asked again, and may name another") {
  racks f;
  f.go_near();
  f.cluster.pass(lease - second);
  f.deliver();
  CHECK(f.asked_at() == nearer);
  f.cluster.pass(second);
  f.deliver();
  CHECK(f.asked_at() == leader);
  CHECK(f.rack() == "east");
}

TEST_CASE(
    "what a nearer replica refuses the leader is asked for, who does not hear of the rack for ten seconds") {
  for (const auto why : {error_code::offset_out_of_range, error_code::offset_not_available,
                         error_code::not_leader_or_follower, error_code::unknown_topic_or_partition,
                         error_code::unknown_leader_epoch, error_code::corrupt_message}) {
    CAPTURE(name(why));
    racks f;
    f.go_near();
    f.refuse(why);
    CHECK(f.asked_at() == leader);
    CHECK(f.rack().empty());
    CHECK(f.sink.failures.empty());
    f.cluster.pass(9 * second);
    f.deliver();
    CHECK(f.rack().empty());
    f.cluster.pass(second);
    f.deliver();
    CHECK(f.rack() == "east");
  }
}

TEST_CASE("a nearer replica that is lost, or that nobody knows, is not waited for") {
  racks f;
  SUBCASE("its connection breaks") {
    f.go_near();
    f.cluster.held.clear();
    f.cluster.cut();
  }
  SUBCASE("it is no broker of the cluster") { f.name(node_id(9)); }
  f.cluster.pass(second);
  CHECK(f.asked_at() == leader);
  CHECK(f.rack().empty());
}

TEST_CASE("another leader epoch is another leader, who is asked first") {
  racks f;
  f.cluster.pass(lease / 2);
  f.go_near();
  f.cluster.held.clear();
  f.cluster.epoch = 1;
  f.cluster.pass(lease / 2 + second);  // metadata come of age before the lease does
  CHECK(f.asked_at() == leader);
  CHECK(f.rack() == "east");
}

TEST_CASE("only the leader sends elsewhere") {
  racks f;
  f.go_near();
  f.name(node_id(3));
  CHECK(f.asked_at() == nearer);
}

TEST_CASE("a leader that names itself is asked on") {
  racks f;
  f.name(leader);
  CHECK(f.asked_at() == leader);
}
