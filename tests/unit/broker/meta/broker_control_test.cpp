// Registrations, sessions and what they do to partitions, through the controller.
#include "broker/meta/broker_control.hpp"

#include <doctest/doctest.h>

#include "tests/unit/broker/meta/meta_cluster.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

TEST_CASE("a broker's epoch is the offset of its registration; it begins fenced") {
  meta_cluster c;
  const auto at = c.log.end();
  const auto answer = c.register_with(c.registration(1));
  CHECK(answer.error_code == error_code::none);
  CHECK(answer.broker_epoch == at.value);
  CHECK(c.broker(1).fenced);
  CHECK(c.broker(1).epoch == at.value);
  CHECK(c.broker(1).log_dirs == std::vector{number_uuid(200, 1)});
  CHECK(c.broker(1).features.size() == std::size(features));
}

TEST_CASE("a registration is refused as Kafka does") {
  meta_cluster c(1);
  const auto refused = [&](auto change) {
    auto request = c.registration(2);
    change(request);
    return c.register_with(request).error_code;
  };
  CHECK(refused([](auto& r) { r.cluster_id = "another"; }) == error_code::inconsistent_cluster_id);
  CHECK(refused([](auto& r) { r.log_dirs.clear(); }) == error_code::invalid_registration);
  CHECK(refused([](auto& r) { r.log_dirs = {uuid()}; }) == error_code::invalid_registration);
  CHECK(refused([](auto& r) { r.log_dirs.push_back(r.log_dirs.front()); }) ==
        error_code::invalid_registration);
  CHECK(refused([](auto& r) { r.log_dirs = {number_uuid(200, 1)}; }) == error_code::invalid_registration);
  CHECK(refused([](auto& r) { r.features.clear(); }) == error_code::unsupported_version);
  CHECK(refused([](auto& r) { r.features.front().max_supported_version = 29; }) ==
        error_code::unsupported_version);
  CHECK(refused([](auto&) {}) == error_code::none);
}

TEST_CASE("another incarnation of a live broker is refused until its session is over") {
  meta_cluster c(2);
  CHECK(c.register_with(c.registration(1, 2)).error_code == error_code::duplicate_broker_registration);
  c.lose({1});
  CHECK(c.register_with(c.registration(1, 2)).error_code == error_code::none);
}

TEST_CASE("the same incarnation may register again, and stays what it was") {
  meta_cluster c(2);
  const auto epoch = c.epochs.at(1);
  CHECK(c.register_with(c.registration(1)).broker_epoch == epoch);
  CHECK_FALSE(c.broker(1).fenced);
}

TEST_CASE("a broker is unfenced once it has applied its own registration") {
  meta_cluster c;
  c.register_with(c.registration(1));
  auto early = c.heartbeat(1);
  early.current_metadata_offset = offset(c.epochs.at(1) - 1);
  const auto first = c.beat(early);
  c.commit();
  CHECK_FALSE((*first)->is_caught_up);
  CHECK((*first)->is_fenced);
  const auto then = c.beat(1);
  CHECK(then.is_caught_up);
  CHECK_FALSE(then.is_fenced);
  CHECK_FALSE(c.broker(1).fenced);
  CHECK(c.beat(1, true).is_fenced);
  CHECK(c.broker(1).fenced);
}

TEST_CASE("a heartbeat of another epoch, or of nobody, is refused") {
  meta_cluster c(1);
  auto stale = c.heartbeat(1);
  stale.broker_epoch -= 1;
  const auto old = c.beat(stale);
  stale.broker_id = node_id(7);
  const auto unknown = c.beat(stale);
  c.commit();
  CHECK((*old)->error_code == error_code::stale_broker_epoch);
  CHECK((*unknown)->error_code == error_code::stale_broker_epoch);
}

TEST_CASE("a broker that falls silent for nine seconds is fenced, and leads and follows no more") {
  meta_cluster c(3);
  c.create("orders", {{1, 2, 3}});
  CHECK(c.machine.deadline() == c.clock.steady + millis(8000));  // create() took one
  c.lose({1});
  CHECK(c.broker(1).fenced);
  CHECK_FALSE(c.broker(2).fenced);
  const auto p = c.partition("orders");
  CHECK(p.leader == node_id(2));
  CHECK(p.isr == ids({2, 3}));
  CHECK(p.leader_epoch == leader_epoch(1));
  c.beat(1);
  CHECK_FALSE(c.broker(1).fenced);
  CHECK(c.partition("orders").isr == ids({2, 3}));  // until its leader says that it caught up
}

TEST_CASE("the last one in sync is eligible while it is away, and leads again when it returns") {
  meta_cluster c(2);
  c.create("orders", {{1, 2}});
  CHECK(c.set_isr("orders", {1}) == error_code::none);
  c.lose({1});
  auto p = c.partition("orders");
  CHECK(p.leader == no_leader);
  CHECK(p.isr.empty());
  CHECK(p.eligible_leaders == ids({1}));
  c.beat(1);
  p = c.partition("orders");
  CHECK(p.leader == node_id(1));
  CHECK(p.isr == ids({1}));
  CHECK(p.leader_recovery_state == recovered);
}

TEST_CASE(
    "the last replica that restarts uncleanly leads as the last known leader, and is recovering (KIP-966)") {
  meta_cluster c(2);
  c.create("orders", {{1, 2}});
  CHECK(c.set_isr("orders", {1}) == error_code::none);
  c.lose({1});
  c.register_with(c.registration(1, 2));  // it does not say that its last incarnation ended well
  auto p = c.partition("orders");
  CHECK(p.eligible_leaders.empty());
  CHECK(p.last_known_eligible == ids({1}));
  c.beat(1);
  p = c.partition("orders");
  CHECK(p.leader == node_id(1));
  CHECK(p.leader_recovery_state == recovering);
}

TEST_CASE("the last replica that restarts cleanly is eligible, and lost nothing") {
  meta_cluster c(2);
  c.create("orders", {{1, 2}});
  CHECK(c.set_isr("orders", {1}) == error_code::none);
  c.lose({1});
  auto clean = c.registration(1, 2);
  clean.previous_broker_epoch = c.epochs.at(1);
  c.register_with(clean);
  CHECK(c.partition("orders").eligible_leaders == ids({1}));
  c.beat(1);
  CHECK(c.partition("orders").leader == node_id(1));
  CHECK(c.partition("orders").leader_recovery_state == recovered);
}

TEST_CASE("a restart within the session is not waited for where the broker is the controller's own") {
  meta_cluster c;
  image_builder state;
  klamm::wire::register_broker_record own;
  own.broker_id = node_id(100);
  own.fenced = false;
  state.replay(own, offset(0), leader_epoch(1));
  c.machine.resign();
  c.machine.activate(state.current());
  CHECK(c.register_with(c.registration(100, 2)).error_code == error_code::none);
  CHECK(c.register_with(c.registration(100, 3)).error_code == error_code::none);  // fenced yet
  c.beat(100);
  CHECK(c.register_with(c.registration(100, 4)).error_code == error_code::duplicate_broker_registration);
}

TEST_CASE("who is on the way out hands over its leaderships, and goes when the others have seen it") {
  meta_cluster c(3);
  c.create("orders", {{1, 2, 3}});
  auto out = c.heartbeat(1);
  out.want_shut_down = true;
  const auto first = c.beat(out);
  c.commit();
  CHECK_FALSE((*first)->should_shut_down);
  CHECK_FALSE((*first)->is_fenced);
  CHECK(c.broker(1).in_controlled_shutdown);
  CHECK(c.partition("orders").leader == node_id(2));
  CHECK(c.partition("orders").isr == ids({2, 3}));
  CHECK_FALSE(c.beat(1, false, true).should_shut_down);
  c.beat(2);
  CHECK_FALSE(c.beat(1, false, true).should_shut_down);
  c.beat(3);
  const auto last = c.beat(1, false, true);
  CHECK(last.should_shut_down);
  CHECK(last.is_fenced);
  CHECK(c.broker(1).fenced);
  CHECK(c.register_with(c.registration(1, 2)).error_code == error_code::none);
}

TEST_CASE("who falls silent on the way out does not come back but as a new incarnation") {
  meta_cluster c(2);
  c.create("orders", {{1, 2}});
  c.beat(1, false, true);
  REQUIRE(c.broker(1).in_controlled_shutdown);
  c.lose({1});
  CHECK(c.beat(1).is_fenced);
  c.join(1, 2);
  CHECK(c.broker(1).alive());
}

TEST_CASE("a broker that is alone may go too") {
  meta_cluster c(1);
  c.create("orders", {{1}});
  CHECK_FALSE(c.beat(1, false, true).should_shut_down);
  CHECK(c.beat(1, false, true).should_shut_down);
  CHECK(c.partition("orders").leader == no_leader);
}

TEST_CASE("what lies in a directory that went offline is led elsewhere") {
  meta_cluster c;
  auto two = c.registration(1);
  two.log_dirs.push_back(number_uuid(201, 1));
  c.register_with(two);
  c.beat(1);
  c.join(2);
  c.create("orders", {{1, 2}});
  auto broken = c.heartbeat(1);
  broken.offline_log_dirs = {number_uuid(201, 1)};
  c.beat(broken);
  CHECK(c.broker(1).log_dirs == std::vector{number_uuid(200, 1)});
  CHECK(c.partition("orders").leader == node_id(1));  // it had not said yet where its replica is
}

TEST_CASE("an unregistered broker is gone, from ISR and ELR too") {
  meta_cluster c(2);
  c.create("orders", {{1, 2}});
  CHECK(c.set_isr("orders", {1}) == error_code::none);
  c.lose({1});
  wire::unregister_broker_request request;
  request.broker_id = node_id(1);
  const auto answer = c.ask<wire::unregister_broker_response>(request, &controller::unregister_broker);
  const auto again = c.ask<wire::unregister_broker_response>(request, &controller::unregister_broker);
  c.commit();
  CHECK((*answer)->error_code == error_code::none);
  CHECK((*again)->error_code == error_code::broker_id_not_registered);
  CHECK_FALSE(c.state().broker(node_id(1)));
  CHECK(c.partition("orders").eligible_leaders.empty());
}

TEST_CASE("a block of producer ids is for the registered incarnation alone") {
  meta_cluster c(1);
  wire::allocate_producer_ids_request request;
  request.broker_id = node_id(1);
  request.broker_epoch = c.epochs.at(1);
  const auto allocate = [&] {
    const auto answer =
        c.ask<wire::allocate_producer_ids_response>(request, &controller::allocate_producer_ids);
    c.commit();
    return **answer;
  };
  const auto first = allocate(), second = allocate();
  CHECK(second.producer_id_start.value == first.producer_id_start.value + first.producer_id_len);
  request.broker_epoch += 1;
  CHECK(allocate().error_code == error_code::stale_broker_epoch);
}

TEST_CASE(
    "a new controller gives every unfenced broker a whole session, and counts what was not committed as "
    "never done") {
  meta_cluster c(3);
  c.create("orders", {{1, 2, 3}});
  const auto committed = c.state();
  const auto batches = c.log.batches.size();
  c.clock.steady += millis(9000);
  c.machine.tick();  // fences them all, and loses the leadership with it
  CHECK(c.log.batches.size() > batches);
  c.machine.resign();
  CHECK(c.machine.deadline() == never);
  c.log.truncate_to(batches);
  c.machine.activate(committed);
  CHECK(c.machine.deadline() == c.clock.steady + millis(9000));
  CHECK(c.partition("orders").leader == node_id(1));
  CHECK_FALSE(c.beat(1).is_fenced);
  CHECK(c.log.batches.size() == batches);  // nothing to say: it never was fenced
}
