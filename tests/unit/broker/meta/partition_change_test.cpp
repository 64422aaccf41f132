#include "broker/meta/partition_change.hpp"

#include <doctest/doctest.h>

#include "tests/unit/broker/meta/meta_cluster.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

/// Replicas 1, 2, 3, all in sync and led by 1, in epochs 5 and 9.
partition_image healthy() {
  partition_image p;
  p.replicas = p.isr = ids({1, 2, 3});
  p.directories = {number_uuid(1, 1), number_uuid(1, 2), number_uuid(1, 3)};
  p.leader = node_id(1);
  p.leader_epoch = leader_epoch(5);
  p.partition_epoch = 9;
  return p;
}

partition_rules rules(std::initializer_list<std::int32_t> may_lead, bool eligible_leaders = true) {
  return {.min_isr = 2, .eligible_leaders = eligible_leaders, .may_lead = ids(may_lead)};
}

partition_image changed(const partition_image& from, const partition_target& to, const partition_rules& by) {
  auto now = from;
  const auto record = change_partition(from, to, by, uuid(), partition_id(0));
  REQUIRE(record);
  apply_change(now, *record);
  return now;
}

partition_image with_isr(const partition_image& from, std::initializer_list<std::int32_t> isr,
                         const partition_rules& by) {
  partition_target to(from);
  to.isr = ids(isr);
  return changed(from, to, by);
}

}  // namespace

TEST_CASE("what changes nothing is no record") {
  CHECK_FALSE(
      change_partition(healthy(), partition_target(healthy()), rules({1, 2, 3}), uuid(), partition_id(0)));
}

TEST_CASE("a smaller ISR takes a partition epoch, a new leader also a leader epoch") {
  const auto shrunk = with_isr(healthy(), {1, 2}, rules({1, 2, 3}));
  CHECK(shrunk.isr == ids({1, 2}));
  CHECK(shrunk.leader_epoch == leader_epoch(5));
  CHECK(shrunk.partition_epoch == 10);
  const auto moved = with_isr(healthy(), {2, 3}, rules({2, 3}));
  CHECK(moved.leader == node_id(2));
  CHECK(moved.leader_epoch == leader_epoch(6));
  CHECK(moved.partition_epoch == 10);
}

TEST_CASE("who leaves an ISR below the minimum stays eligible, and no more once the ISR is large enough") {
  const auto one = with_isr(healthy(), {1}, rules({1}));
  CHECK(one.eligible_leaders == ids({2, 3}));
  CHECK(one.leader == node_id(1));
  const auto none = with_isr(one, {}, rules({}));
  CHECK(none.isr.empty());
  CHECK(none.eligible_leaders == ids({1, 2, 3}));
  CHECK(none.last_known_eligible == ids({1}));
  CHECK(none.leader == no_leader);
  const auto back = with_isr(none, {}, rules({3}));
  CHECK(back.leader == node_id(3));
  CHECK(back.isr == ids({3}));
  CHECK(back.eligible_leaders == ids({1, 2}));
  CHECK(back.last_known_eligible.empty());
  CHECK(back.leader_recovery_state == recovered);
  CHECK(with_isr(back, {3, 2}, rules({2, 3})).eligible_leaders.empty());
}

TEST_CASE("without the feature the last of the ISR stays in it, leaderless, and returns as it was") {
  auto one = with_isr(healthy(), {1}, rules({1}, false));
  CHECK(one.eligible_leaders.empty());
  const auto none = with_isr(one, {}, rules({}, false));
  CHECK(none.isr == ids({1}));
  CHECK(none.leader == no_leader);
  CHECK(none.last_known_eligible.empty());
  const auto back = changed(none, partition_target(none), rules({1}, false));
  CHECK(back.leader == node_id(1));
  CHECK(back.leader_recovery_state == recovered);
}

TEST_CASE(
    "whoever shut down uncleanly is not eligible; the last leader may come back all the same (KIP-966)") {
  const auto one = with_isr(healthy(), {1}, rules({1}));
  partition_target lost(one);
  lost.isr.clear();
  lost.shut_down_uncleanly = ids({1});
  const auto waiting = changed(one, lost, rules({}));
  CHECK(waiting.eligible_leaders == ids({2, 3}));
  CHECK(waiting.last_known_eligible == ids({1}));
  partition_target all_lost(waiting);
  all_lost.shut_down_uncleanly = ids({2});
  auto nobody = changed(waiting, all_lost, rules({}));
  all_lost = partition_target(nobody);
  all_lost.shut_down_uncleanly = ids({3});
  nobody = changed(nobody, all_lost, rules({}));
  CHECK(nobody.eligible_leaders.empty());
  CHECK_FALSE(change_partition(nobody, partition_target(nobody), rules({2, 3}), uuid(), partition_id(0)));
  const auto back = changed(nobody, partition_target(nobody), rules({1, 2, 3}));
  CHECK(back.leader == node_id(1));
  CHECK(back.isr == ids({1}));
  CHECK(back.leader_recovery_state == recovering);
  CHECK(back.last_known_eligible.empty());
}

TEST_CASE("an unclean leader is alone in the ISR, and recovering") {
  auto unclean = rules({3}, false);
  unclean.how = election::unclean;
  const auto now = with_isr(healthy(), {1}, unclean);
  CHECK(now.leader == node_id(3));
  CHECK(now.isr == ids({3}));
  CHECK(now.leader_recovery_state == recovering);
}

TEST_CASE("a reassignment is complete when the ISR holds all that stay") {
  auto moving = healthy();
  moving.replicas = ids({2, 3, 4, 1});
  moving.directories.push_back(number_uuid(1, 4));
  moving.adding = ids({4});
  moving.removing = ids({1});
  CHECK_FALSE(
      change_partition(moving, partition_target(moving), rules({1, 2, 3, 4}), uuid(), partition_id(0)));
  const auto done = with_isr(moving, {1, 2, 3, 4}, rules({1, 2, 3, 4}));
  CHECK(done.replicas == ids({2, 3, 4}));
  CHECK(done.isr == ids({2, 3, 4}));
  CHECK(done.directories.size() == 3);
  CHECK_FALSE(is_reassigning(done));
  CHECK(done.leader == node_id(2));
  CHECK(done.leader_epoch == leader_epoch(6));
}

TEST_CASE("a replica that is taken away takes a leader epoch, though the leader stays") {
  partition_target fewer(healthy());
  fewer.replicas = fewer.isr = ids({1, 2});
  const auto now = changed(healthy(), fewer, rules({1, 2, 3}));
  CHECK(now.leader == node_id(1));
  CHECK(now.leader_epoch == leader_epoch(6));
}
