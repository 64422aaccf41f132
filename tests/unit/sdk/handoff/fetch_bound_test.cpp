// The fetch queue under transactions: what they commit, and where an abort leads back to (hard part 7).
#include <doctest/doctest.h>

#include "fetch_fixture.hpp"

namespace klamm::handoff {
namespace {

/// Reads `count` records of what waits, and lets go.
void read(fetch_fixture& f, int count = 1'000'000) {
  for (const auto& one : f.take()) {
    pass(*one, count);
    f.queue.give_back(*one);
  }
}

std::int64_t uncommitted(fetch_fixture& f, const topic_partition& at = orders) {
  const auto places = f.queue.uncommitted();
  REQUIRE(places);
  for (const auto& place : *places)
    if (place.at == at) return place.next.value;
  return -1;
}

}  // namespace

TEST_CASE("an abort takes the position back to where it began, and what was passed comes again") {
  fetch_fixture f;
  f.assign(orders, 5);
  f.queue.bind();
  f.deliver(orders, 5, 3);
  read(f, 2);
  CHECK(uncommitted(f) == 7);
  const auto back = f.queue.rewind();
  REQUIRE(back.size() == 1);
  CHECK(std::get<offset>(back[0].to) == offset(5));
  CHECK(back[0].leader_epoch == leader_epoch(2));
  CHECK(f.position() == 5);
  CHECK(f.queue.uncommitted()->empty());
  // What was fetched for the life before is not for this one: not even an offset that is loaded late.
  f.deliver(orders, 8, 1);
  f.queue.positioned(orders, f.epochs[orders], offset(42), {});
  CHECK(f.take().empty());
  CHECK(f.position() == 5);
  f.epochs[orders] = back[0].epoch;
  f.deliver(orders, 5, 3);
  CHECK(pass(*f.take()[0]) == offsets{5, 6, 7});
}

TEST_CASE("an abort goes back no further than to the last commit") {
  fetch_fixture f;
  f.assign(orders);
  f.assign(audit);
  f.queue.bind();
  f.deliver(orders, 0, 3);
  read(f);
  f.queue.committed(*f.queue.uncommitted());
  CHECK(f.queue.uncommitted()->empty());
  f.deliver(orders, 3, 2);
  f.deliver(audit, 0, 1);
  read(f);
  CHECK(f.queue.rewind().size() == 2);
  CHECK(f.position() == 3);
  CHECK(f.position(audit) == 0);
}

TEST_CASE("what the loop holds when the transaction aborts is skipped") {
  fetch_fixture f;
  f.assign(orders);
  f.queue.bind();
  f.deliver(orders, 0, 3);
  const auto held = f.take();
  pass(*held[0], 1);
  f.queue.rewind();
  CHECK(pass(*held[0]).empty());
  f.queue.give_back(*held[0]);
  CHECK(f.position() == 0);
}

TEST_CASE("the first transaction begins at what had settled, not at what is in hand") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 2);
  read(f);
  f.deliver(orders, 2, 2);
  const auto held = f.take();  // the poll by which the first two settle
  f.queue.bind();
  pass(*held[0]);
  CHECK(uncommitted(f) == 4);
  f.queue.rewind();
  CHECK(f.position() == 2);
}

TEST_CASE("positions that transactions commit are settled for nobody else") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 2);
  read(f);
  CHECK(f.take().empty());
  CHECK(f.queue.settled().size() == 1);
  f.queue.bind();
  CHECK(f.queue.settled().empty());
}

TEST_CASE("a partition that is taken away with records in the transaction tears it, until it is rewound") {
  fetch_fixture f;
  f.assign(orders);
  f.assign(audit);
  f.queue.bind();
  f.deliver(orders, 0, 2);
  read(f);
  f.queue.unassigned(audit);  // of which nothing was read
  CHECK_FALSE(f.queue.torn());
  f.queue.unassigned(orders);
  CHECK(f.queue.torn());
  CHECK_FALSE(f.queue.uncommitted());
  f.queue.rewind();
  CHECK_FALSE(f.queue.torn());
  CHECK(f.queue.uncommitted()->empty());
}

TEST_CASE("a partition that is taken away while its place is being committed tears nothing") {
  fetch_fixture f;
  f.assign(orders);
  f.queue.bind();
  f.deliver(orders, 0, 2);
  read(f);
  CHECK(uncommitted(f) == 2);
  f.queue.unassigned(orders);
  CHECK_FALSE(f.queue.torn());
}

TEST_CASE("a seek is where the next abort leads back to, and a commit from before it is not") {
  fetch_fixture f;
  f.assign(orders);
  f.queue.bind();
  f.deliver(orders, 0, 4);
  read(f);
  const auto places = *f.queue.uncommitted();
  f.epochs[orders] = *f.queue.seek(orders, offset(1));
  f.queue.committed(places);
  f.deliver(orders, 1, 2);
  read(f);
  f.queue.rewind();
  CHECK(f.position() == 1);
}

TEST_CASE("a log that is cut takes an abort back no further than to its end") {
  fetch_fixture f;
  f.assign(orders);
  f.queue.bind();
  f.deliver(orders, 0, 6);
  read(f, 5);
  SUBCASE("behind the anchor") {
    REQUIRE(f.queue.truncated(orders, f.epochs[orders], offset(3), leader_epoch(2)));
    f.queue.rewind();
    CHECK(f.position() == 0);
  }
  SUBCASE("before it") {
    f.queue.committed(*f.queue.uncommitted());
    REQUIRE(f.queue.truncated(orders, f.epochs[orders], offset(3), leader_epoch(2)));
    CHECK(f.queue.rewind().empty());
    CHECK(f.position() == 3);
  }
}

}  // namespace klamm::handoff
