// What a client makes of answers that no sound broker gives. The fuzzer found them; here they say what they are.
#include <doctest/doctest.h>

#include "consumer_script.hpp"

using namespace klamm;
using namespace klamm::client;

TEST_CASE(
    "a broker that says that its id is negative is none: the client goes back to its bootstrap servers") {
  consumer_script script;
  auto& cluster = script.cluster;
  for (const auto id : {-1, -2, -200}) {
    CAPTURE(id);
    cluster.answer<wire::metadata_request>([&](const auto&) {
      wire::metadata_response out;
      out.brokers.push_back({node_id(id), "elsewhere", 9092, {}, {}});
      return out;
    });
    cluster.core.want_topic("a", cluster.now, cluster.out);
    cluster.pass(second);
    const auto connects = cluster.connects, asked = cluster.asked(wire::api_key::metadata);
    cluster.cut();
    cluster.pass(10 * second);
    CHECK(cluster.connects > connects);
    CHECK(cluster.asked(wire::api_key::metadata) > asked);
  }
}
