// What others see of a node that is stopped, and of one that starts: nobody waits for the logs of thousands of partitions.
#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "node_life.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/fetch.hpp"
#include "wire/messages/metadata.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::node::test;

namespace {

struct heard {
  int answers = 0;
  bool closed = false;
};

/// What the client has been sent; forgets it.
heard hear(node_life& at) {
  heard out;
  for (const auto& effect : std::exchange(at.out, {})) {
    out.answers += std::holds_alternative<link::effect::send>(effect);
    out.closed |= std::holds_alternative<link::effect::close>(effect);
  }
  return out;
}

/// A fetch of what is not there yet, that may wait for a minute.
wire::fetch_request waiting_fetch() {
  wire::fetch_request request;
  request.max_wait_ms = std::chrono::minutes(1);
  request.min_bytes = 1;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  auto& partition = topic.partitions.emplace_back();
  partition.partition = partition_id(0);
  partition.fetch_offset = offset(0);
  partition.partition_max_bytes = 1 << 20;
  return request;
}

}  // namespace

TEST_CASE("a node that leaves answers its clients until it has left, and then ends their connections") {
  node_fixture f("ack");
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  life.node.stop(life.now, life.out);
  int asked = 0;
  heard all;
  while (!all.closed) {
    REQUIRE(asked < 1000);
    life.send(wire::metadata_request(), 4);
    ++asked;
    life.step();
    const auto now = hear(life);
    all.answers += now.answers;
    all.closed = now.closed;
  }
  CHECK(asked > 1);
  CHECK(all.answers == asked);
  CHECK(life.node.current_state() == state::stopping);  // its logs are still to be closed
  life.settle();
  CHECK(life.node.current_state() == state::stopped);
}

TEST_CASE("a node that stops as all others do serves them as a controller until it is stopped again") {
  node_fixture f("ack");
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  life.node.stop(life.now, life.out, node::others::stop_too);
  life.settle();
  CHECK(hear(life).closed);
  CHECK(life.node.current_state() == state::left);
  CHECK(life.node.quorum()->leading());
  life.stop();
  CHECK(life.node.current_state() == state::stopped);
}

TEST_CASE("a node that stops answers a fetch that waits, and does not wait for it") {
  node_fixture f("ack");
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  life.send(waiting_fetch(), 11);
  life.settle();
  CHECK(hear(life).answers == 0);
  life.node.stop(life.now, life.out);
  heard all;
  while (!all.closed) {
    REQUIRE(life.step());
    const auto now = hear(life);
    all.answers += now.answers;
    all.closed = now.closed;
  }
  CHECK(all.answers == 1);
  CHECK(life.node.current_state() == state::stopping);
}

TEST_CASE("a controller answers long before its node's data are recovered") {
  node_fixture f("ack");
  auto& first = f.start();
  first.connect();
  for (int i = 0; i < 50; ++i) REQUIRE(create(first, fmt::format("orders-{}", i)) == error_code::none);
  f.disk.crash(sim::crash::kill);

  f.options.controller_listener = link::listener_id(0);  // whom the client speaks to now
  node_life next(f.disk, f.entropy, f.options);
  int steps = 0, answered_in = 0;
  for (; next.node.current_state() == state::starting; ++steps) {
    REQUIRE(next.step());
    if (answered_in > 0) continue;
    next.connect();
    next.send(wire::api_versions_request(), 0);
    const auto now = hear(next);
    if (now.answers > 0) answered_in = steps;
    if (!now.closed) next.node.on(link::event::closed{client, {}}, next.now, next.out);
  }
  CHECK(next.node.current_state() == state::serving);
  CHECK(answered_in > 0);
  CHECK(answered_in < steps / 4);
}
