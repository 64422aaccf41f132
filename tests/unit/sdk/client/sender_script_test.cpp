// The sender on a scripted cluster: who it says it is, in which order and to whom it sends, and what becomes of records that are
// refused, lost, or late (hard parts 1 to 5, 14 to 16).
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "idempotent_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

core_options producing() {
  core_options out;
  out.producer.emplace();
  out.producer->idempotence = false;
  return out;
}

struct sender_script {
  test::one_partition source;
  test::scripted_cluster cluster{producing(), nullptr, &source};

  void produce(const std::string& name) {
    source.append(name, cluster.now.steady);
    cluster.core.records_ready(cluster.now, cluster.out);
    cluster.settle();
  }
};

}  // namespace

TEST_CASE("records of a topic that may not be written fail at once, and not only those that found it out") {
  sender_script f;
  f.cluster.topics["a"] = 1;
  f.cluster.topic_error = error_code::topic_authorization_failed;
  f.produce("x");
  f.produce("y");
  CHECK(f.source.story ==
        std::vector<std::string>{"x:TOPIC_AUTHORIZATION_FAILED", "y:TOPIC_AUTHORIZATION_FAILED"});
}

TEST_CASE("a name that no topic may have fails its own records, and no others'") {
  sender_script f;
  f.source.rename(std::string(40'000, 'x'));
  f.produce("x");
  CHECK(f.source.story == std::vector<std::string>{"x:INVALID_TOPIC_EXCEPTION"});
  f.cluster.topics["good"] = 1;
  f.cluster.core.want_topic("good", f.cluster.now, f.cluster.out);
  f.cluster.settle();
  CHECK(f.cluster.asked(wire::metadata_request::api) >= 1);
  f.source.rename("good");
  f.cluster.hold<wire::produce_request>();
  f.produce("y");
  CHECK(f.cluster.held.size() == 1);
}

TEST_CASE("no batch leaves before the producer has its id, whatever keeps a broker from giving it") {
  test::one_partition source;
  test::scripted_cluster cluster{idempotent_script::options(), nullptr, &source};
  cluster.topics["a"] = 1;
  cluster.hold<wire::produce_request>();
  cluster.answer<wire::init_producer_id_request>([](const auto&) {
    wire::init_producer_id_response out;
    out.error_code = error_code::coordinator_load_in_progress;
    return out;
  });
  cluster.core.start(cluster.now, cluster.out);
  source.append("x", cluster.now.steady);
  cluster.core.records_ready(cluster.now, cluster.out);
  cluster.pass(5 * second);
  // An answer before its turn: the connection makes no sense any more.
  cluster.hold<wire::init_producer_id_request>();
  cluster.pass(2 * second);
  REQUIRE(cluster.held.size() == 1);
  const auto early = std::exchange(cluster.held, {}).front();
  auto other = early;
  ++other.header.correlation_id.value;
  cluster.reply(other, wire::init_producer_id_response{});
  cluster.settle();
  CHECK(source.story.empty());
  CHECK(cluster.asked(wire::produce_request::api) == 0);
  cluster.answer<wire::init_producer_id_request>(
      [](const auto&) { return identified({producer_id(9), producer_epoch(0)}); });
  cluster.pass(2 * second);
  CHECK(cluster.asked(wire::produce_request::api) == 1);
}

TEST_CASE("a batch whose leader moved goes to the new one at once, under the sequence that it had") {
  idempotent_script f;
  f.cluster.brokers = 2;
  f.cluster.core.want_topic("b", f.cluster.now, f.cluster.out);  // and so the second broker is known
  f.cluster.settle();
  f.establish();
  f.produce("x", 3);
  const auto before = f.cluster.held.at(0).connection;
  f.answer(error_code::not_leader_or_follower, -1, [](auto& out) {
    auto& leader = out.responses[0].partition_responses[0].current_leader;
    leader.leader_id = node_id(2);
    leader.leader_epoch = leader_epoch(1);
  });
  REQUIRE(f.sent() == strings{"0/10+3"});
  CHECK(f.cluster.held.at(0).connection != before);
  f.answer(error_code::duplicate_sequence_number);  // the old leader had it, and it was replicated
  CHECK(f.source.story == strings{"x@-1"});
}

TEST_CASE(
    "what was lost with its connection is sent again under its sequences, in order, and told in order") {
  idempotent_script f;
  f.establish();
  f.produce("x", 3);
  f.produce("y", 2);
  CHECK(f.sent() == strings{"0/10+3", "0/13+2"});
  f.cluster.held.clear();
  f.cluster.cut();
  f.cluster.pass(3 * second);
  REQUIRE(f.sent() == strings{"0/10+3", "0/13+2"});
  f.answer(error_code::duplicate_sequence_number, 10);
  f.answer(error_code::none, 13);
  CHECK(f.source.story == strings{"x@10", "y@13"});
}

TEST_CASE("a batch that is too large is split under its own sequences, and what is behind it keeps its own") {
  idempotent_script f;
  f.establish();
  f.produce("x", 5);
  f.produce("y", 1);
  f.answer(error_code::message_too_large);
  f.answer(error_code::out_of_order_sequence_number);  // y came first: it is only ahead
  f.cluster.pass(second);
  REQUIRE(f.sent() == strings{"0/10+2", "0/12+3", "0/15+1"});
  f.answer(error_code::none, 10);
  f.answer(error_code::none, 12);
  f.answer(error_code::none, 15);
  CHECK(f.source.story == strings{"x1@10", "x2@12", "y@15"});
}

TEST_CASE("parts of a batch that may have been written, and that are refused, fail as perhaps written") {
  idempotent_script f;
  f.establish();
  f.produce("x", 5);
  f.cluster.held.clear();
  f.cluster.cut();
  f.cluster.pass(3 * second);
  REQUIRE(f.sent() == strings{"0/10+5"});
  f.answer(error_code::message_too_large);
  f.cluster.pass(second);
  REQUIRE(f.sent() == strings{"0/10+2", "0/12+3"});
  f.answer(error_code::out_of_order_sequence_number);
  f.answer(error_code::out_of_order_sequence_number);
  CHECK(f.source.story.size() == 2);
  for (const auto& told : f.source.story)
    CHECK(told.find(":OUT_OF_ORDER_SEQUENCE_NUMBER?") != std::string::npos);
  f.produce("y");
  f.cluster.pass(second);
  CHECK(f.sent() == strings{"1/0+1"});
}

TEST_CASE("a batch of unknown fate fails at its time, and what comes after it has another epoch") {
  idempotent_script f;
  f.establish();
  f.produce("x", 3);
  f.cluster.held.clear();  // no answer ever comes
  f.cluster.pass(121 * second);
  CHECK(f.source.story == strings{"x:DELIVERY_TIMEOUT?"});
  f.cluster.pass(60 * second);
  f.cluster.held.clear();
  f.produce("y", 2);
  f.cluster.pass(second);
  CHECK(f.sent() == strings{"1/0+2"});
}

TEST_CASE("a topic whose id is not known caps the request at the last version that names topics") {
  idempotent_script named, nameless;
  named.produce("x");
  REQUIRE(named.cluster.held.size() == 1);
  CHECK(named.cluster.held[0].header.request_api_version == 13);
  nameless.cluster.topic_ids = false;
  nameless.produce("x");
  REQUIRE(nameless.cluster.held.size() == 1);
  CHECK(nameless.cluster.held[0].header.request_api_version == 12);
  nameless.answer(error_code::none, 0);
  CHECK(nameless.source.story == strings{"x@0"});
}

TEST_CASE("a throttled connection is silent for as long as it was told, and that is no timeout") {
  idempotent_script f;
  f.establish();
  f.produce("x");
  f.answer(error_code::none, 10, [](auto& out) { out.throttle_time_ms = millis(40'000); });
  f.produce("y");
  f.cluster.pass(39 * second);
  CHECK(f.sent().empty());
  f.cluster.pass(2 * second);
  CHECK(f.sent() == strings{"0/11+1"});
  f.answer(error_code::none, 11);
  CHECK(f.source.story == strings{"x@10", "y@11"});
}

TEST_CASE("one broker that does not know the topic any more fails nothing that is under way") {
  idempotent_script f;
  f.establish();
  f.produce("x");
  f.cluster.topics.clear();  // a stale broker's view, or a topic being deleted: it passes
  f.answer(error_code::unknown_topic_or_partition);
  f.cluster.pass(10 * second);
  CHECK(f.source.story.empty());
  f.cluster.topics["a"] = 1;
  f.cluster.held.clear();
  f.cluster.cut();
  f.cluster.pass(3 * second);
  REQUIRE(f.sent() == strings{"0/10+1"});
  f.answer(error_code::none, 10);
  CHECK(f.source.story == strings{"x@10"});
}

TEST_CASE("a batch that is refused again and again is sent again ever later, up to a second and a fifth") {
  idempotent_script f;
  f.establish();
  f.produce("x");
  for (const auto plain : {100, 200, 400, 800, 1000, 1000}) {
    CAPTURE(plain);
    f.answer(error_code::not_enough_replicas);
    f.cluster.pass(8 * millis(plain) / 10 - millis(1));
    CHECK(f.sent().empty());
    f.cluster.pass(4 * millis(plain) / 10 + millis(1));
    CHECK(f.sent() == strings{"0/10+1"});
  }
}
