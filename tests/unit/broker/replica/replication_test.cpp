// A partition's leader and its followers, step by step: one scenario for each way in which replication has gone wrong before.
#include <optional>

#include <doctest/doctest.h>

#include "tests/sim/planted.hpp"
#include "tests/sim/replica/replica_cluster.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;
using namespace std::chrono_literals;

namespace {

constexpr partition_id p0{0};

/// Three nodes that replicate one partition, node 2 leading at first, over a network that is quick and loses nothing.
struct trio {
  explicit trio(sim::replica_conditions how = {}, std::uint64_t seed = 1)
      : cluster(seed, {.partitions = 1, .most_delay = 2ms, .replica = std::move(how)}, silent_log(),
                &faults) {
    cluster.start_all();
    REQUIRE(cluster.until(10s, [this] { return agrees(); }));
  }
  ~trio() {
    for (const auto& failure : cluster.history().failures()) FAIL_CHECK(failure);
  }

  int leader() { return cluster.controller().view().partitions[0].leader.value; }
  const leadership& metadata() { return cluster.controller().view().partitions[0]; }
  /// Somebody who does not lead; another one with 1.
  int follower(int which = 0) { return (leader() + which) % 3 + 1; }
  partition& at(int number) { return *cluster.node(number).partition(p0); }
  const leader_role& role() { return *at(leader()).leader(); }
  std::size_t in_sync() { return role().isr().size(); }

  /// Appends a record at the leader, and gives the answer as far as it is there after `time`.
  std::optional<error_code> produce(duration time = 100ms, produce_how how = {}) {
    const auto answer = std::make_shared<std::optional<error_code>>();
    REQUIRE(cluster.produce(cluster.node(leader()), p0, how,
                            [answer](const produced& said) { *answer = said.failure; }));
    cluster.run_for(time);
    return *answer;
  }
  void move_leader(int to) {
    cluster.controller().move_leader(p0, node_id(to));
    REQUIRE(cluster.until(5s, [&] { return at(to).leading(); }));
  }
  /// All of them, and the leader knows it.
  bool agrees() { return cluster.agrees() && in_sync() == 3; }
  void agree() {
    CHECK(cluster.until(20s, [this] { return agrees(); }));
  }
  void restart(int number) {
    cluster.node(number).start();
    REQUIRE(cluster.until(5s, [&] { return cluster.node(number).partition(p0) != nullptr; }));
  }

  sim::fault_plan faults;
  sim::replica_cluster cluster;
};

sim::replica_conditions synced(int min_isr = 1) {
  sim::replica_conditions how;
  how.log.fsync = log::fsync_mode::ack;
  how.min_insync_replicas = min_isr;
  how.replication.lag_time_max = millis(2000);
  return how;
}

}  // namespace

TEST_CASE("acks=all is answered when everybody in sync has the record on disk") {
  trio t(synced());
  CHECK(t.produce() == error_code::none);
  const auto slow = t.follower();
  t.cluster.node(slow).stall_disk(true);
  CHECK(t.produce() == std::nullopt);
  CHECK(t.at(t.leader()).high_watermark() == offset(1));
  CHECK(t.at(slow).log().end() == offset(2));  // it has it, but not for good
  t.cluster.node(slow).stall_disk(false);
  CHECK(t.cluster.until(1s, [&] { return t.at(t.leader()).high_watermark() == offset(2); }));
}

TEST_CASE("a leader counts itself by what it has synced") {
  trio t(synced());
  t.cluster.node(t.leader()).stall_disk(true);
  CHECK(t.produce() == std::nullopt);
  CHECK(t.at(t.follower()).log().end() == offset(1));  // may have it before
  CHECK(t.at(t.leader()).high_watermark() == offset(0));
  t.cluster.node(t.leader()).stall_disk(false);
  t.agree();
}

TEST_CASE("followers hear of the high watermark as soon as it moves, not one long poll later (KIP-1166)") {
  trio t(synced());
  CHECK(t.produce(30ms) == error_code::none);
  t.cluster.run_for(10ms);
  for (const int which : {0, 1}) CHECK(t.at(t.follower(which)).high_watermark() == offset(1));
}

TEST_CASE("a follower that lags leaves the ISR, the leader goes on without it, and takes it back") {
  trio t(synced());
  const auto gone = t.follower();
  t.cluster.node(gone).stall_disk(true);
  CHECK(t.produce() == std::nullopt);
  CHECK(t.cluster.until(3s, [&] { return t.in_sync() == 2; }));
  CHECK(t.at(t.leader()).high_watermark() ==
        offset(1));  // looked at again when the ISR was decided (KAFKA-13091)
  t.cluster.node(gone).stall_disk(false);
  t.agree();
}

TEST_CASE(
    "a throttled follower that is not in sync copies at the rate, the others as fast as it goes (KIP-73)") {
  auto how = synced();
  how.replication.fetch_max_bytes = 500;
  SUBCASE("as the leader gives") { how.leader_rate = 1000; }
  SUBCASE("as the follower takes") { how.follower_rate = 1000; }
  trio t(how);
  const auto gone = t.follower();
  const auto began = t.cluster.time().now().steady;
  t.cluster.node(gone).stall_disk(true);
  t.produce(3s);  // until it is out of the ISR
  REQUIRE(t.in_sync() == 2);
  const auto before = t.at(t.leader()).log().end();
  for (int i = 0; i < 200; ++i) CHECK(t.produce(30ms) == error_code::none);
  t.cluster.node(gone).stall_disk(false);
  CHECK(t.cluster.until(120s, [&] { return t.at(gone).log().end() == before + 200; }));
  // More than 15,000 bytes. That it had nothing for the nine seconds before counts for it.
  CHECK(t.cluster.time().now().steady - began > 15s);
  t.agree();
}

TEST_CASE("a follower that is at the end of a quiet log stays in sync, however long nothing comes") {
  trio t(synced());
  CHECK(t.produce() == error_code::none);
  const auto epoch = t.metadata().partition_epoch;
  t.cluster.run_for(30s);
  CHECK(t.metadata().partition_epoch == epoch);
}

TEST_CASE("too few in sync: refused before the append, and told behind it") {
  trio t(synced(3));
  t.cluster.node(t.follower()).stall_disk(true);
  CHECK(t.produce(5s) == error_code::not_enough_replicas_after_append);
  CHECK(t.produce() == error_code::not_enough_replicas);
  CHECK(t.produce(100ms, {.acks = required_acks::leader}) == error_code::none);
  CHECK(t.at(t.leader()).high_watermark() == offset(0));  // frozen (KIP-966)
  t.cluster.node(t.follower()).stall_disk(false);
  t.agree();
  CHECK(t.produce() == error_code::none);
}

TEST_CASE("a producer waits no longer than it said, and the record stays") {
  trio t(synced());
  t.cluster.node(t.follower()).stall_disk(true);
  CHECK(t.produce(400ms, {.timeout = millis(500)}) == std::nullopt);
  CHECK(t.produce(200ms, {.timeout = millis(50)}) == error_code::request_timed_out);
  t.cluster.node(t.follower()).stall_disk(false);
  t.agree();
  CHECK(t.at(t.leader()).high_watermark() == offset(2));
}

TEST_CASE("who waits when leadership is lost is told so") {
  trio t(synced());
  t.cluster.node(t.follower()).stall_disk(true);
  const auto answer = std::make_shared<std::optional<error_code>>();
  t.cluster.produce(t.cluster.node(t.leader()), p0, {},
                    [answer](const produced& said) { *answer = said.failure; });
  t.move_leader(t.follower(1));
  t.cluster.run_for(100ms);
  CHECK(*answer == error_code::not_leader_or_follower);
  t.cluster.node(1).stall_disk(false);
  t.cluster.node(2).stall_disk(false);
  t.cluster.node(3).stall_disk(false);
  t.agree();
}

TEST_CASE("an old leader cuts what nobody else has, by epochs and not by its high watermark (KIP-101)") {
  trio t(synced());
  for (int i = 0; i < 5; ++i) CHECK(t.produce() == error_code::none);
  const auto old = t.leader();
  t.cluster.cut_off(old);
  for (int i = 0; i < 3; ++i) CHECK(t.produce() == std::nullopt);
  CHECK(t.at(old).log().end() == offset(8));
  const auto next = t.follower();
  t.move_leader(next);
  for (int i = 0; i < 2; ++i) CHECK(t.produce(3s) == error_code::none);
  t.cluster.heal();
  t.agree();
  CHECK(t.at(old).log().end() == offset(7));
  CHECK(t.at(old).log().end_for_epoch(leader_epoch(t.metadata().epoch.value - 1)).end == offset(5));
}

TEST_CASE(
    "a leader that never wrote in its epoch has recorded it, so that others cut to where it began "
    "(KAFKA-7415)") {
  trio t(synced());
  CHECK(t.produce() == error_code::none);
  const auto first = t.follower();
  t.move_leader(first);
  CHECK(t.at(first).log().latest_epoch() == t.metadata().epoch);
  // Its own record of an epoch in which nothing came is gone again once it follows somebody else (KAFKA-10706).
  const auto second = t.follower();
  t.move_leader(second);
  CHECK(t.produce() == error_code::none);
  t.agree();
  CHECK(t.at(first).log().latest_epoch() == t.metadata().epoch);
  CHECK(t.at(first).log().end_for_epoch(leader_epoch(t.metadata().epoch.value - 1)) ==
        t.at(second).log().end_for_epoch(leader_epoch(t.metadata().epoch.value - 1)));
}

TEST_CASE(
    "a follower below the leader's first offset begins anew there, its high watermark too (KAFKA-9491)") {
  trio t(synced());
  CHECK(t.produce() == error_code::none);
  const auto gone = t.follower();
  t.cluster.node(gone).stop(sim::crash::power);
  for (int i = 0; i < 9; ++i) CHECK(t.produce(500ms).value_or(error_code::none) == error_code::none);
  REQUIRE(t.cluster.until(5s, [&] { return t.at(t.leader()).high_watermark() == offset(10); }));
  t.cluster.node(t.leader()).event([&] { CHECK(*t.at(t.leader()).delete_records(offset(6)) == offset(6)); });
  t.restart(gone);
  t.agree();
  CHECK(t.at(gone).log().start() == offset(6));
  CHECK(t.at(gone).high_watermark() == offset(10));
}

TEST_CASE("deleted records go on followers, too") {
  trio t(synced());
  for (int i = 0; i < 5; ++i) CHECK(t.produce() == error_code::none);
  t.cluster.node(t.leader()).event([&] { CHECK(t.at(t.leader()).delete_records(offset(3)).has_value()); });
  CHECK(t.cluster.until(2s, [&] { return t.at(t.follower()).log().start() == offset(3); }));
}

TEST_CASE("batches that were damaged on the way are refused, and fetched again") {
  trio t(synced());
  t.cluster.set_corruption(1);
  CHECK(t.produce() == std::nullopt);
  CHECK(t.at(t.follower()).log().end() == offset(0));
  t.cluster.set_corruption(0);
  CHECK(t.cluster.until(2s, [&] { return t.at(t.leader()).high_watermark() == offset(1); }));
}

TEST_CASE("a fenced broker joins no ISR, and holds no high watermark up (KIP-841, KAFKA-15021)") {
  trio t(synced());
  const auto gone = t.follower();
  t.cluster.node(gone).stall_disk(true);
  t.cluster.controller().shut_down(node_id(gone));
  REQUIRE(t.cluster.until(2s, [&] { return t.in_sync() == 2; }));
  // It is caught up as of a moment ago, and would be waited for if it could join.
  CHECK(t.produce() == error_code::none);
  t.cluster.node(gone).stall_disk(false);
  t.cluster.run_for(3s);
  CHECK(t.in_sync() == 2);
  CHECK(t.at(gone).high_watermark() == offset(1));  // it copies all the same
}

TEST_CASE("a follower about to join holds the high watermark up, or it could never join") {
  trio t(synced());
  const auto back = t.follower();
  t.cluster.node(back).stop(sim::crash::kill);
  REQUIRE(t.cluster.until(5s, [&] { return t.in_sync() == 2; }));
  CHECK(t.produce() == error_code::none);
  t.restart(back);
  const auto& known = t.cluster.node(t.leader()).known().brokers;
  REQUIRE(t.cluster.until(
      2s, [&] { return !known.at(node_id(back)).fenced && t.at(back).log().end() == offset(1); }));
  t.cluster.node(back).stall_disk(true);  // its next fetch would ask for its place in the ISR
  CHECK(t.in_sync() == 2);
  CHECK(t.produce() == std::nullopt);
  t.cluster.node(back).stall_disk(false);
  t.agree();
}

TEST_CASE("a node that restarts has everything that it said it had") {
  trio t(synced(2));
  for (int i = 0; i < 5; ++i) CHECK(t.produce() == error_code::none);
  for (int number = 1; number <= 3; ++number) t.cluster.node(number).stop(sim::crash::power);
  t.cluster.run_for(1s);
  t.cluster.start_all();
  t.agree();
  CHECK(t.at(t.leader()).high_watermark() == offset(5));
}

TEST_CASE(
    "a consumer is sent to the replica in its rack, which serves what it knows to be committed (KIP-392)") {
  trio t(synced());
  CHECK(t.produce() == error_code::none);
  t.cluster.run_for(100ms);
  const auto near = t.follower();
  const auto rack = "rack of " + std::to_string(near);
  const auto fetch = [&](int from, std::string_view of_rack, node_id as = {}) {
    wire::fetch_request request;
    request.min_bytes = 1;
    request.replica_state.replica_id = as;
    request.rack_id = of_rack;
    auto& topic = request.topics.emplace_back();
    topic.topic_id = t.at(from).topic_id();
    topic.partitions.emplace_back().partition_max_bytes = 1 << 20;
    std::optional<wire::fetch_response::partition_data> said;
    t.cluster.node(from).event([&] {
      t.cluster.node(from).fetches().fetch(
          request, link::connection_id(1),
          [&](const wire::fetch_response& response) { said = response.responses.at(0).partitions.at(0); },
          t.cluster.node(from).now());
    });
    REQUIRE(said);
    return *said;
  };
  const auto sent = fetch(t.leader(), rack);
  CHECK(sent.preferred_read_replica == node_id(near));
  CHECK(sent.records->empty());
  const auto read = fetch(near, rack);
  CHECK(read.error_code == error_code::none);
  CHECK(read.high_watermark == offset(1));
  CHECK(!read.records->empty());
  CHECK(fetch(near, "").error_code == error_code::not_leader_or_follower);
  // kafka-replica-verification compares what each replica has.
  CHECK(!fetch(near, "", node_id(-2)).records->empty());
  CHECK(!fetch(t.leader(), "rack of " + std::to_string(t.leader())).records->empty());
}

TEST_CASE(
    "a leader that hears only of the second of two changes of leader acknowledges nothing on what it knew") {
  trio t(synced(2));
  CHECK(t.produce() == error_code::none);
  const auto old = t.leader(), other = t.follower(0), third = t.follower(1);
  t.cluster.block(other, old);
  t.cluster.block(old, other);
  const auto answer = std::make_shared<std::optional<error_code>>();
  REQUIRE(t.cluster.produce(t.cluster.node(old), p0, {},
                            [answer](const produced& said) { *answer = said.failure; }));
  REQUIRE(t.cluster.until(
      1s, [&] { return t.at(third).log().end() == offset(2); }));  // of which the leader knows
  CHECK_FALSE(*answer);
  t.cluster.block(0, old);
  t.move_leader(other);
  REQUIRE(t.cluster.until(1s, [&] { return t.at(third).log().end() == offset(1); }));  // it follows `other`
  t.cluster.controller().move_leader(p0, node_id(old));
  t.cluster.heal();
  t.cluster.block(third, old);
  t.cluster.block(old, third);
  REQUIRE(t.cluster.until(1s, [&] { return t.at(old).epoch() == t.metadata().epoch; }));
  t.cluster.run_for(100ms);
  CHECK(t.metadata().isr.size() == 3);
  CHECK(t.at(old).high_watermark() == offset(1));  // the third, in sync, does not have more
  CHECK_FALSE(*answer);
}
