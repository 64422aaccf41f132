#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "fetch_fixture.hpp"

namespace klamm::handoff {

using namespace std::chrono_literals;

TEST_CASE("a partition is with one taker at a time; its next records come when the last were given back") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 2);
  const auto first = f.take();
  f.deliver(orders, 2, 2);
  CHECK(f.take().empty());
  CHECK(pass(*first[0]) == offsets{0, 1});
  f.queue.give_back(*first[0]);
  CHECK(pass(*f.take()[0]) == offsets{2, 3});
}

TEST_CASE("what a loop left, by break or throw, comes again, in front of what was fetched meanwhile") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 3);
  const auto first = f.take();
  CHECK(pass(*first[0], 1) == offsets{0});
  f.deliver(orders, 3, 1);
  f.queue.give_back(*first[0]);
  CHECK(f.position() == 1);
  CHECK(pass(*f.take()[0]) == offsets{1, 2, 3});
}

TEST_CASE(
    "positions settle when a poll begins after the records are gone: gathering first and processing later is "
    "safe") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 2);
  const auto first = f.take();
  pass(*first[0]);
  CHECK(f.committable() == 2);
  CHECK(f.settled() == 0);
  f.queue.give_back(*first[0]);
  CHECK(f.settled() == 0);
  CHECK(f.take().empty());
  CHECK(f.settled() == 2);
}

TEST_CASE("a position does not settle while its records are out") {
  fetch_fixture f;
  f.assign(orders);
  CHECK(f.take().empty());
  CHECK(f.settled() == 0);
  f.deliver(orders, 0, 2);
  const auto first = f.take();
  pass(*first[0]);
  f.take();
  CHECK(f.settled() == 0);
}

TEST_CASE("a seek ends the lease: the loop skips the rest, and what it passes afterwards moves nothing") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 5);
  const auto first = f.take();
  CHECK(pass(*first[0], 2) == offsets{0, 1});
  const auto epoch = f.queue.seek(orders, offset(40));
  REQUIRE(epoch);
  CHECK(first[0]->current() == nullptr);
  first[0]->pass();
  f.queue.give_back(*first[0]);
  CHECK(f.position() == 40);
  f.deliver(orders, 5, 1);
  CHECK(f.take().empty());
  f.epochs[orders] = *epoch;
  f.deliver(orders, 40, 1);
  CHECK(pass(*f.take()[0]) == offsets{40});
}

// KIP-320.
TEST_CASE("a truncated log: what waits is dropped, the loop skips the rest, and what comes next is shown") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 5);
  const auto first = f.take();
  CHECK(pass(*first[0], 4) == offsets{0, 1, 2, 3});
  f.deliver(orders, 5, 2);
  const auto start = f.queue.truncated(orders, f.epochs[orders], offset(2), leader_epoch(2));
  REQUIRE(start);
  CHECK(start->epoch > f.epochs[orders]);
  CHECK(start->offset == offset(2));
  CHECK(start->leader_epoch == leader_epoch(2));
  CHECK(first[0]->current() == nullptr);
  f.queue.give_back(*first[0]);
  f.deliver(orders, 7, 1);  // of the life before
  CHECK(f.take().empty());
  CHECK(f.position() == 2);
  f.epochs[orders] = start->epoch;
  f.deliver(orders, 2, 2);
  CHECK(pass(*f.take()[0]) == offsets{2, 3});
}

TEST_CASE("a log that is truncated behind what was passed is read on from what was passed") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 5);
  auto first = f.take();
  pass(*first[0], 2);
  f.queue.give_back(*first[0]);
  const auto start = f.queue.truncated(orders, f.epochs[orders], offset(4), leader_epoch(3));
  REQUIRE(start);
  CHECK(start->offset == offset(2));
  CHECK(f.take().empty());
  CHECK(f.position() == 2);
}

TEST_CASE("what settled past the end of a truncated log is not committed") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 5);
  const auto first = f.take();
  pass(*first[0]);
  f.queue.give_back(*first[0]);
  f.take();
  REQUIRE(f.settled() == 5);
  f.queue.truncated(orders, f.epochs[orders], offset(3), leader_epoch(2));
  CHECK(f.settled() == 3);
}

TEST_CASE("a truncation that a seek came before changes nothing") {
  fetch_fixture f;
  f.assign(orders);
  REQUIRE(f.queue.seek(orders, offset(40)));
  CHECK_FALSE(f.queue.truncated(orders, f.epochs[orders], offset(3), leader_epoch(2)));
  CHECK(f.position() == 40);
}

TEST_CASE("a seek to a place that has to be looked up has no position until then") {
  fetch_fixture f;
  f.assign(orders);
  const auto epoch = f.queue.seek(orders, client::end{});
  CHECK(f.position() == -1);
  f.queue.positioned(orders, f.epochs[orders], offset(3), leader_epoch(1));
  CHECK(f.position() == -1);
  f.queue.positioned(orders, *epoch, offset(9), leader_epoch(1));
  CHECK(f.position() == 9);
}

TEST_CASE("a revoked partition ends its lease and is forgotten; late deliveries are dropped") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 2);
  const auto first = f.take();
  f.queue.unassigned(orders);
  CHECK(first[0]->current() == nullptr);
  f.queue.give_back(*first[0]);
  CHECK(f.queue.assignment().empty());
  f.deliver(orders, 2, 2);
  CHECK(f.take().empty());
  f.assign(orders, 7);
  CHECK(f.position() == 7);
}

TEST_CASE("a paused partition keeps what was prefetched") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 2);
  f.queue.pause(orders);
  CHECK(f.take().empty());
  f.queue.resume(orders);
  CHECK(pass(*f.take()[0]) == offsets{0, 1});
}

TEST_CASE("a poll hands out at most so many partitions, each poll others") {
  fetch_fixture f({.max_partitions = 1});
  f.assign(orders);
  f.assign(audit);
  f.deliver(orders, 0, 1);
  f.deliver(audit, 0, 1);
  const auto first = f.take(), second = f.take();
  REQUIRE(first.size() == 1);
  REQUIRE(second.size() == 1);
  CHECK(first[0]->partition() == orders);
  CHECK(second[0]->partition() == audit);
}

TEST_CASE("a poll hands out at most so many records; the rest comes with the next") {
  fetch_fixture f({.max_records = 3});
  f.assign(orders);
  f.assign(audit);
  f.deliver(orders, 0, 2);
  f.deliver(audit, 0, 2);
  auto taken = f.take();
  std::size_t seen = 0;
  for (const auto& one : taken) seen += pass(*one).size();
  CHECK(seen == 3);
  for (const auto& one : taken) f.queue.give_back(*one);
  taken = f.take();
  REQUIRE(taken.size() == 1);
  CHECK(pass(*taken[0]).size() == 1);
}

TEST_CASE("a poll takes no partition that it has no records left for: another poll may have it") {
  fetch_fixture f({.max_records = 3});
  f.assign(orders);
  f.assign(audit);
  f.deliver(orders, 0, 4);
  f.deliver(audit, 0, 4);
  const auto first = f.take(), second = f.take();
  REQUIRE(first.size() == 1);
  REQUIRE(second.size() == 1);
  CHECK(pass(*first[0]) == offsets{0, 1, 2});
  CHECK(second[0]->partition() == audit);
}

TEST_CASE("one budget for all that waits; taking frees it, giving back charges it again") {
  const auto one = batch_at(0, 1).size();
  fetch_fixture f({.budget = 4 * one});
  f.assign(orders);
  f.assign(audit);
  const auto hungry = [&](const topic_partition& at) {
    return std::ranges::any_of(f.queue.hungry(), [&](const auto* one) { return *one == at; });
  };
  CHECK(f.queue.hungry().size() == 2);
  f.deliver(orders, 0, 1);
  f.deliver(orders, 1, 1);
  CHECK(!hungry(orders));
  CHECK(hungry(audit));
  CHECK(f.queue.room() == 2 * one);
  auto taken = f.take();
  CHECK(f.rooms == 1);
  CHECK(f.queue.room() == 4 * one);
  CHECK(hungry(orders));
  f.queue.give_back(*taken[0]);
  CHECK(f.queue.room() == 2 * one);
}

TEST_CASE(
    "a partition's failure is told once, does not stop the others, and is told again when there is nothing "
    "else") {
  fetch_fixture f;
  f.assign(orders);
  f.assign(audit);
  f.queue.failed(orders, f.epochs[orders], error(error_code::topic_authorization_failed));
  f.deliver(audit, 0, 1);
  CHECK(f.failure() == error_code::topic_authorization_failed);
  CHECK(f.take().size() == 1);
  CHECK(f.queue.take(f.now, {}).code() == error_code::topic_authorization_failed);
  f.queue.seek(orders, offset(0));
  CHECK(*f.queue.take(f.now, {}) == fetch_queue::leases{});
}

TEST_CASE("a failure of an earlier life of the position is not told") {
  fetch_fixture f;
  f.assign(orders);
  const auto before = f.epochs[orders];
  f.queue.seek(orders, offset(5));
  f.queue.failed(orders, before, error(error_code::offset_out_of_range));
  CHECK(f.take().empty());
}

TEST_CASE("a failure of the subscription is told once") {
  fetch_fixture f;
  f.queue.failed(std::nullopt, {}, error(error_code::topic_authorization_failed));
  CHECK(f.failure() == error_code::topic_authorization_failed);
  CHECK(f.take().empty());
}

TEST_CASE(
    "who is out of its group is told at once, and again by every take that has nothing else, until it is in "
    "again") {
  fetch_fixture f;
  f.assign(orders);
  f.queue.out_of_group(error(error_code::group_authorization_failed));
  f.deliver(orders, 0, 1);
  CHECK(f.failure() == error_code::group_authorization_failed);
  CHECK(f.take().size() == 1);
  for (int i = 0; i < 3; ++i) CHECK(f.queue.take(f.now, {}).code() == error_code::group_authorization_failed);
  f.queue.out_of_group(std::nullopt);
  CHECK(*f.queue.take(f.now, {}) == fetch_queue::leases{});
}

TEST_CASE("max_poll_interval runs only while something waits or is held, and from the last poll") {
  fetch_fixture f;
  f.assign(orders);
  CHECK(f.queue.waiting_since() == never);
  f.now += 1s;
  f.deliver(orders, 0, 1);
  CHECK(f.queue.waiting_since() == f.now);
  const auto waiting = f.now;
  f.now += 1s;
  CHECK(f.queue.waiting_since() == waiting);
  const auto taken = f.take();
  CHECK(f.queue.waiting_since() == f.now);
  pass(*taken[0]);
  f.queue.give_back(*taken[0]);
  CHECK(f.queue.waiting_since() == never);
}

TEST_CASE("a taker that waits is called once when something may be there, in turn") {
  fetch_fixture f;
  f.assign(orders);
  f.assign(audit);
  std::string called;
  f.queue.when_ready([&] { called += 'a'; });
  f.queue.when_ready([&] { called += 'b'; });
  f.deliver(orders, 0, 1);
  f.deliver(orders, 1, 1);
  CHECK(called == "a");
  f.deliver(audit, 0, 1);
  CHECK(called == "ab");
  f.queue.when_ready([&] { called += 'c'; });
  CHECK(called == "abc");
}

TEST_CASE("a taker that gives up is not called") {
  fetch_fixture f;
  f.assign(orders);
  bool called = false;
  const auto id = f.queue.when_ready([&] { called = true; });
  CHECK(f.queue.forget(id));
  CHECK(!f.queue.forget(id));
  f.deliver(orders, 0, 1);
  CHECK(!called);
}

TEST_CASE("the descriptor is told when a poll has something to do, and when not any more") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 1);
  f.deliver(orders, 1, 1);
  CHECK(f.told == std::vector<bool>{true});
  const auto taken = f.take();
  CHECK(f.told == std::vector<bool>{true, false});
  f.queue.give_back(*taken[0]);
  CHECK(f.told == std::vector<bool>{true, false, true});
}

TEST_CASE("a wakeup ends the next take without records, once") {
  fetch_fixture f;
  f.queue.wakeup();
  CHECK(f.queue.take(never, {})->empty());
  CHECK(!f.queue.take_wakeup());
}

TEST_CASE("a stopped or shut take ends") {
  fetch_fixture f;
  std::stop_source stop;
  stop.request_stop();
  CHECK(f.queue.take(never, stop.get_token())->empty());
  f.queue.shut(error(error_code::closed));
  CHECK(f.queue.take(never, {}).code() == error_code::closed);
}

TEST_CASE("a blocked take wakes by a delivery, a stop, a wakeup and the end") {
  fetch_fixture f;
  f.assign(orders);
  const auto blocked = [&](const std::stop_token& stop, auto act) {
    result<fetch_queue::leases> got{fetch_queue::leases{}};
    std::thread taker([&] { got = f.queue.take(never, stop); });
    act();
    taker.join();
    return got;
  };
  CHECK(blocked({}, [&] { f.deliver(orders, 0, 1); })->size() == 1);
  std::stop_source stop;
  CHECK(blocked(stop.get_token(), [&] { stop.request_stop(); })->empty());
  CHECK(blocked({}, [&] { f.queue.wakeup(); })->empty());
  CHECK(blocked({}, [&] { f.queue.shut(error(error_code::closed)); }).code() == error_code::closed);
}

TEST_CASE("many takers, seeks and breaks: each record is passed in order, and none is skipped") {
  constexpr int partitions = 8, batches = 200, per_batch = 5, threads = 4;
  fetch_fixture f({.max_partitions = 1});
  std::vector<topic_partition> all;
  for (int p = 0; p < partitions; ++p) f.assign(all.emplace_back(topic_partition{"t", partition_id(p)}));
  std::vector<std::int64_t> next(partitions, 0);  // guarded by the leases
  std::atomic<int> left = partitions * batches * per_batch;
  std::atomic<int> wrong = 0;

  const auto work = [&](unsigned seed) {
    for (unsigned turn = seed; left.load() > 0; ++turn) {
      auto taken = f.queue.take(never, {});
      if (!taken) return;
      for (const auto& one : *taken) {
        auto& expected = next[static_cast<std::size_t>(one->partition().partition.value)];
        // Now and then the loop is left in the middle.
        for (int most = turn % 3 == 0 ? 2 : 1000; most > 0 && one->current(); --most) {
          if (one->current()->offset.value != expected++) ++wrong;
          one->pass();
          if (--left == 0) f.queue.shut(error(error_code::closed));
        }
        f.queue.give_back(*one);
      }
    }
  };
  std::vector<std::thread> takers;
  for (unsigned i = 0; i < threads; ++i) takers.emplace_back(work, i);
  for (int b = 0; b < batches; ++b)
    for (const auto& at : all) f.deliver(at, b * per_batch, per_batch);
  for (auto& taker : takers) taker.join();
  CHECK(wrong == 0);
  for (const auto expected : next) CHECK(expected == batches * per_batch);
}

TEST_CASE("a seek that comes before the assignment it belongs to is carried out with it") {
  fetch_fixture f;
  CHECK(!f.queue.seek(orders, offset(70)));
  const auto first = f.queue.assigned(orders);
  const auto seek = f.queue.take_early_seek(orders);
  REQUIRE(seek);
  CHECK(seek->epoch > first);
  CHECK(std::get<offset>(seek->to) == offset(70));
  f.epochs[orders] = first;
  f.deliver(orders, 0, 3);  // from before the seek
  CHECK(f.take().empty());
  f.epochs[orders] = seek->epoch;
  f.deliver(orders, 70, 1);
  CHECK(pass(*f.take().at(0)) == offsets{70});
}

TEST_CASE("a seek of what is never assigned is forgotten with its turn") {
  fetch_fixture f;
  CHECK(!f.queue.seek(orders, offset(70)));
  CHECK(!f.queue.take_early_seek(orders));
  CHECK(f.queue.assigned(orders).value >= 0);
  CHECK(!f.queue.take_early_seek(orders));
}

// Else an event loop never polls again, and the consumer never joins its group again.
TEST_CASE("the descriptor is told, too, that something waits for a poll") {
  fetch_fixture f;
  f.queue.when_polled([] {});
  CHECK(f.told == std::vector<bool>{true});
  f.take();
  CHECK(f.told == std::vector<bool>{true, false});
}

TEST_CASE("what waits for a poll runs with the next one, or at once while somebody waits") {
  fetch_fixture f;
  int ran = 0;
  f.queue.when_polled([&] { ++ran; });
  CHECK(ran == 0);
  f.take();
  CHECK(ran == 1);
  f.queue.when_ready([] {});
  f.queue.when_polled([&] { ++ran; });
  CHECK(ran == 2);
}

}  // namespace klamm::handoff
