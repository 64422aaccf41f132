// Hard part 19 (KIP-899, KIP-1102): when the client starts again from its bootstrap servers, and when it does not.
#include <doctest/doctest.h>

#include "consumer_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

constexpr duration minute = 60 * second;

/// A client that knows the brokers, and is connected to one.
struct metadata_script : consumer_script {
  metadata_script() {
    cluster.core.start(cluster.now, cluster.out);
    cluster.core.want_topic("a", cluster.now, cluster.out);
    cluster.pass(second);
  }
  int asked() const { return cluster.asked(wire::metadata_request::api); }
};

}  // namespace

TEST_CASE("metadata that have come of age are asked for again, on the connections that there are") {
  metadata_script f;
  const int connects = f.cluster.connects, asked = f.asked();
  f.cluster.pass(4 * minute);
  CHECK(f.asked() == asked);
  f.cluster.pass(2 * minute);
  CHECK(f.asked() == asked + 1);
  CHECK(f.cluster.connects == connects);
}

TEST_CASE(
    "brokers that are there but tell no metadata are asked on, and given up every five minutes, not in a hot "
    "loop") {
  metadata_script f;
  f.cluster.answer<wire::metadata_request>([](const auto&) {
    wire::metadata_response out;
    out.error_code = error_code::unknown_server_error;
    return out;
  });
  f.cluster.core.want_topic("b", f.cluster.now, f.cluster.out);
  f.cluster.pass(4 * minute);
  const int connects = f.cluster.connects;
  f.cluster.pass(2 * minute);
  CHECK(f.cluster.connects == connects + 1);
  const int asked = f.asked();
  f.cluster.pass(4 * minute);
  CHECK(f.asked() - asked > 150);
  CHECK(f.asked() - asked < 400);
  CHECK(f.cluster.connects == connects + 1);
}

TEST_CASE("a leader that is not among the brokers is none: it is asked for until it is, or another leads") {
  metadata_script f;
  int told = 0;
  f.cluster.answer<wire::metadata_request>([&](const auto&) {
    wire::metadata_response out;
    out.brokers.push_back({node_id(1), "broker", 9092, {}, {}});
    if (++told > 3) out.brokers.push_back({node_id(7), "broker", 9098, {}, {}});
    auto& topic = out.topics.emplace_back();
    topic.name = "b";
    topic.partitions.emplace_back().leader_id = node_id(7);
    return out;
  });
  f.cluster.core.want_topic("b", f.cluster.now, f.cluster.out);
  f.cluster.pass(minute);
  CHECK(told == 4);
}

TEST_CASE("what waited for a broker in vain is told which one could not be reached, and why") {
  metadata_script f;
  CHECK(f.cluster.core.overdue("no answer").message == "no answer");
  f.cluster.reachable = false;
  f.cluster.cut();
  f.cluster.core.want_topic("b", f.cluster.now, f.cluster.out);
  f.cluster.pass(second);
  const auto why = f.cluster.core.overdue("no answer");
  CHECK(why.code == error_code::connect_failed);
  CHECK(why.message.starts_with("no answer; "));
  CHECK(why.message.find("broker:9092") != std::string::npos);
}

TEST_CASE("a broker that asks for it is obeyed: error 129 leads back to the bootstrap servers") {
  metadata_script f;
  int told = 0;
  f.cluster.answer<wire::metadata_request>([&](const auto&) {
    wire::metadata_response out;
    out.error_code = told++ == 0 ? error_code::rebootstrap_required : error_code::unknown_server_error;
    return out;
  });
  const int connects = f.cluster.connects;
  f.cluster.core.want_topic("b", f.cluster.now, f.cluster.out);
  f.cluster.pass(second);
  CHECK(told > 1);
  CHECK(f.cluster.connects == connects + 1);
}
