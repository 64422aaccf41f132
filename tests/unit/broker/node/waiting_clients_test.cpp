// Clients that wait with the node for something, and what is left of them when they are gone.
#include <doctest/doctest.h>

#include "node_life.hpp"
#include "wire/messages/fetch.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::node::test;

namespace {

/// Waits for ever, of so many partitions. Each takes place in the request.
wire::fetch_request patient_fetch(int partitions) {
  wire::fetch_request request;
  request.max_wait_ms = millis(INT32_MAX);
  request.min_bytes = request.max_bytes = INT32_MAX;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  for (int i = 0; i < partitions; ++i) topic.partitions.emplace_back().partition = partition_id(0);
  for (auto& p : topic.partitions) p.fetch_offset = offset(0), p.partition_max_bytes = 1;
  return request;
}

}  // namespace

TEST_CASE("a fetch that waits ends with its connection") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  life.send(patient_fetch(1), 4);
  life.settle();
  CHECK(life.node.data()->fetches().waiting() == 1);
  SUBCASE("which the client closed") { life.node.on(link::event::closed{client, {}}, life.now, life.out); }
  SUBCASE("which the node closes, of a request that is none") { life.receive(std::vector<std::byte>(4)); }
  CHECK(life.node.data()->fetches().waiting() == 0);
  CHECK(life.answer().empty());
}

TEST_CASE("a connection that has no room for more requests does not wait: its end could not be seen") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  life.answer();
  constexpr int more_than_it_holds = 300'000;
  life.send(patient_fetch(more_than_it_holds), 4);
  life.settle();
  CHECK(life.node.data()->fetches().waiting() == 0);
  CHECK(!life.answer().empty());
}
