// What the checker of replicas takes for a loss.
#include "tests/sim/replica/replica_history.hpp"

#include <doctest/doctest.h>

using namespace klamm;

namespace {

constexpr node_id one(1), two(2);
constexpr partition_id p0(0);

}  // namespace

TEST_CASE(
    "who begins to lead has to have what earlier epochs committed, and need not have what later ones did") {
  sim::replica_history h;
  h.committed(one, leader_epoch(2), p0, offset(0), {leader_epoch(2), offset(64), 1});
  h.committed(two, leader_epoch(4), p0, offset(64), {leader_epoch(2), offset(83), 2});
  h.leads(one, p0, leader_epoch(3), offset(64));  // it was cut off, and hears of it late
  CHECK(h.failures().empty());
  h.leads(one, p0, leader_epoch(5), offset(64));
  CHECK(h.failures().size() == 1);
}

TEST_CASE("who begins to lead late lacks what an epoch before its own committed, whoever said so last") {
  sim::replica_history h;
  h.committed(one, leader_epoch(4), p0, offset(0), {leader_epoch(1), offset(10), 1});
  h.committed(two, leader_epoch(2), p0, offset(0), {leader_epoch(1), offset(10), 1});
  h.leads(one, p0, leader_epoch(3), offset(9));
  CHECK(h.failures().size() == 1);
}
