#include "handoff/rebalance_turns.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "fetch_fixture.hpp"

namespace klamm::handoff {
namespace {

using kind = client::rebalance_event::kind;
using partitions = std::vector<topic_partition>;

/// A change that is told and let go of. False: it is not to be told.
bool tell(rebalance_turns& turns, kind what, const partitions& of, int membership) {
  if (!turns.begin({1, what, of}, membership)) return false;
  turns.end();
  return true;
}

}  // namespace

TEST_CASE(
    "what was told as assigned and not as gone is what is given up, as far as it is assigned still, once") {
  rebalance_turns turns;
  CHECK(tell(turns, kind::assigned, {audit, orders}, turns.membership()));
  const topic_partition third{"third", partition_id(0)};
  CHECK(tell(turns, kind::assigned, {third}, turns.membership()));
  CHECK(tell(turns, kind::revoked, {audit}, turns.membership()));
  CHECK(turns.give_up({audit, orders}) == partitions{orders});
  CHECK(turns.give_up({audit, orders}).empty());
}

TEST_CASE("while a change is with the application nothing is given up beside it") {
  rebalance_turns turns;
  REQUIRE(turns.begin({1, kind::assigned, {orders}}, turns.membership()));
  CHECK(turns.give_up({orders}).empty());
}

TEST_CASE("a change of a membership that was left is not told, though the machine has ended that meanwhile") {
  rebalance_turns turns;
  const auto before = turns.membership();
  turns.leave();
  const auto not_carried_out = turns.membership();
  CHECK(!tell(turns, kind::assigned, {orders}, before));
  turns.left();
  CHECK(!tell(turns, kind::assigned, {orders}, before));
  CHECK(!tell(turns, kind::assigned, {orders}, not_carried_out));
  CHECK(tell(turns, kind::assigned, {orders}, turns.membership()));
}

}  // namespace klamm::handoff
