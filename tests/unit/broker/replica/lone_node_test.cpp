// A node that has no others: no links, no registry, nobody who decides on the ISR. What the metadata say of others it believes.
#include <memory>
#include <optional>

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "broker/replica/fetcher.hpp"
#include "broker/replica/partition.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;

namespace {

constexpr node_id self(1), other(2);

struct lone_node {
  lone_node() {
    node.create();
    one.emplace(*node.log, around, std::make_shared<partition_settings>());
  }
  static leadership led_by(node_id leader, int epoch) {
    return {leader_epoch(epoch), leader, {self, other}, {self, other}, epoch};
  }

  log::test::log_node node;
  surroundings around{.self = self, .clock = node.now};
  fetchers fetching{around};
  std::optional<partition> one;
};

}  // namespace

TEST_CASE("a node without fetchers follows whoever leads by waiting for metadata") {
  lone_node n;
  n.one->lead(n.led_by(other, 1));
  REQUIRE(n.one->following());
  CHECK(n.one->follower()->current_state() == follower_role::state::awaiting_leader);
  n.one->lead(n.led_by(other, 2));
  CHECK(n.one->epoch() == leader_epoch(2));
  n.one->tick();
  n.one->on_durable();
  n.one->lead(n.led_by(self, 3));
  CHECK(n.one->leading());
}

TEST_CASE("a node without links fetches from nobody") {
  lone_node n;
  n.around.followers = &n.fetching;
  n.one->lead(n.led_by(other, 1));
  n.fetching.run();
  CHECK(n.one->follower()->current_state() == follower_role::state::fetching);
  n.one->resign();
  n.around.followers = nullptr;
}

TEST_CASE("a leader without a controller proposes nothing, and without a registry knows nobody's rack") {
  lone_node n;
  n.one->lead(n.led_by(self, 1));
  CHECK(n.one->check_follower(leader_epoch(1), {other, 5, offset(0), offset(0)}) == error_code::none);
  n.one->on_follower_fetch({other, 5, offset(0), offset(0)});
  CHECK(n.one->leader()->nearest("rack", offset(0)) == node_id());
  wire::compressor contexts;
  n.one->produce(buffer_slice::own(log::test::make_batch({})), {.acks = required_acks::leader}, contexts,
                 n.node.now, [](const produced&) {});
  n.node.settle();
  n.one->on_durable();
  // Nobody could be asked to let a lagging one go.
  CHECK(n.around.deadlines.next() > after(n.node.now.steady, millis(3'600'000)));
  n.node.now.steady += std::chrono::hours(1);
  n.one->tick();
  CHECK(n.one->leader()->isr().size() == 2);
  CHECK(n.one->high_watermark() == offset(0));
  n.one->lead({leader_epoch(1), self, {self, other}, {self}, 2});
  n.one->on_follower_fetch({other, 5, offset(1), offset(0)});
  CHECK(n.one->leader()->isr().size() == 1);
  CHECK(n.one->high_watermark() == offset(1));
}
