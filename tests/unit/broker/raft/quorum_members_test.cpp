// Several members on simulated disks: elections, replication, divergence and snapshots, one thing at a time.
#include <optional>

#include <doctest/doctest.h>

#include "tests/unit/broker/raft/members.hpp"

using namespace klamm;
using namespace klamm::broker::raft;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("three voters elect one leader, and all deliver what it appends") {
  members m;
  const auto& leading = m.await_leader();
  m.append_and_agree(5);
  CHECK(m.history().committed() == 5);
  CHECK(leading.voter().epoch() == leader_epoch(1));
  for (int i = 1; i <= 3; ++i) {
    CHECK(m.member(i).voter().leader_id() == leading.id());
    CHECK(m.member(i).state().size() == 5);
  }
  CHECK(m.broken() == strings{});
}

TEST_CASE("a follower hears of a committed record without waiting for its next long poll") {
  members m;
  m.await_leader();
  m.append_and_agree(1);
  const auto before = m.time().now().steady;
  m.append_and_agree(1);
  // Appending, syncing, one round trip to the follower, its sync, and one more round trip; a poll would wait 500 ms.
  CHECK(m.time().now().steady - before < 60ms);
}

TEST_CASE("what a follower has not synced counts for no majority") {
  members m;
  auto& leading = m.await_leader();
  m.append_and_agree(1);
  const auto other = leading.id().value % 3 + 1, slow = other % 3 + 1;
  m.member(other).stop(sim::crash::kill);
  m.member(slow).stall_disk(true);
  REQUIRE(m.append());
  m.time().run_until(after(m.time().now().steady, 500ms));
  CHECK(m.member(slow).voter().end() == leading.voter().end());
  CHECK(m.history().committed() == 1);
  m.member(slow).stall_disk(false);
  m.time().run_until(after(m.time().now().steady, 500ms));
  CHECK(m.history().committed() == 2);
}

TEST_CASE("when the leader dies another one leads, with everything that was committed") {
  members m;
  const auto first = m.await_leader().id();
  m.append_and_agree(3);
  m.member(first.value).stop(sim::crash::power);
  REQUIRE(m.until(10s, [&] { return m.leader() && m.leader()->id() != first; }));
  REQUIRE(m.append());
  m.start_all();
  REQUIRE(m.until(10s, [&] { return m.agrees(); }));
  CHECK(m.history().committed() == 4);
  CHECK(m.broken() == strings{});
}

// Their last fetches were answered by the same append, so both miss it within a message's time.
TEST_CASE("two that miss their leader at the same moment elect one of them in the next epoch") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    members m({}, seed);
    auto& first = m.await_leader();
    const auto epoch = first.voter().epoch();
    m.append_and_agree(1);
    first.stop(sim::crash::kill);
    REQUIRE(m.until(10s, [&] { return m.leader() != nullptr; }));
    CHECK(m.leader()->voter().epoch().value == epoch.value + 1);
  }
}

TEST_CASE("a leader that closes names its successor, and nobody waits for an election timeout") {
  members m;
  auto& first = m.await_leader();
  m.append_and_agree(1);
  const auto before = m.time().now().steady;
  bool closed = false;
  first.event([&](quorum& voter) { voter.close([&] { closed = true; }); });
  REQUIRE(m.until(5s, [&] { return m.leader() != nullptr; }));
  CHECK(m.time().now().steady - before < 500ms);
  CHECK(closed);
}

TEST_CASE("what a leader appended alone is cut from its log when it comes back, and never delivered") {
  members m;
  auto& old = m.await_leader();
  m.append_and_agree(2);
  m.cut_off(old.id().value);
  for (int i = 0; i < 3; ++i) REQUIRE(m.append());  // to the old leader: the others do not lead yet
  const auto end = old.voter().end();
  REQUIRE(m.until(10s, [&] { return m.leader() && m.leader()->id() != old.id(); }));
  REQUIRE(m.append());
  m.heal();
  REQUIRE(m.until(10s, [&] { return m.agrees(); }));
  CHECK(old.voter().end() < end + 2);
  CHECK(m.history().committed() == 3);
  CHECK(m.broken() == strings{});
}

TEST_CASE("a leader that no majority fetches from resigns, and does not follow itself") {
  members m;
  auto& old = m.await_leader();
  m.append_and_agree(1);
  m.cut_off(old.id().value);
  REQUIRE(m.until(4s, [&] { return !old.voter().leading(); }));
  CHECK(old.resignations() == 1);
  CHECK(m.until(10s, [&] { return old.voter().epoch() > leader_epoch(1); }));
  CHECK(old.voter().leader_id() == node_id());
}

TEST_CASE("a voter that cannot win asks first: it comes back in the epoch that it left (KIP-996)") {
  members m;
  auto& leading = m.await_leader();
  const auto cut = leading.id().value % 3 + 1;
  m.cut_off(cut);
  m.time().run_until(after(m.time().now().steady, 30s));
  CHECK(m.member(cut).voter().epoch() == leader_epoch(1));
  m.heal();
  REQUIRE(m.until(10s, [&] { return m.agrees(); }));
  CHECK(m.leader() == &leading);
  CHECK(leading.voter().epoch() == leader_epoch(1));
}

TEST_CASE("a vote is given when it is on disk, and to one candidate in an epoch") {
  members m;
  auto& voter = m.member(m.await_leader().id().value % 3 + 1);
  const auto ask = [&](int candidate, std::optional<vote_response>& came) {
    voter.event([&](quorum& asked) {
      asked.on(vote_request{leader_epoch(9), node_id(candidate), {}, {leader_epoch(8), offset(1000)}},
               [&came](result<vote_response> answer) { came = *answer; });
    });
  };
  std::optional<vote_response> first, second, again;
  ask(7, first);
  ask(8, second);
  ask(7, again);
  CHECK_FALSE(first);
  REQUIRE(second);
  CHECK_FALSE(second->granted);
  REQUIRE(m.until(1s, [&] { return first && again; }));
  CHECK((first->granted && again->granted));

  voter.stop(sim::crash::power);
  for (int other = 1; other <= 3; ++other)
    if (node_id(other) != voter.id()) m.member(other).stop(sim::crash::power);
  voter.start();
  REQUIRE(m.until(1s, [&] { return voter.voter().deadline() != never; }));
  REQUIRE(voter.voter().epoch() == leader_epoch(9));
  std::optional<vote_response> late;
  ask(8, late);
  REQUIRE(late);
  CHECK_FALSE(late->granted);
}

TEST_CASE("a member that missed too much is given a snapshot and goes on behind it") {
  members m({.snapshot_after_bytes = 500});
  auto& leading = m.await_leader();
  const auto away = leading.id().value % 3 + 1;
  m.member(away).stop(sim::crash::kill);
  for (int i = 0; i < 40; ++i) {
    REQUIRE(m.append());
    m.time().run_until(after(m.time().now().steady, 50ms));
  }
  CHECK(leading.voter().start() > offset(1));
  m.member(away).start();
  REQUIRE(m.until(10s, [&] { return m.agrees(); }));
  CHECK(m.member(away).snapshots_loaded() > 0);
  m.append_and_agree(2);
  CHECK(m.member(away).state().size() == 42);
  CHECK(m.broken() == strings{});
}

TEST_CASE("an observer follows, is never asked for its vote, and counts for no majority") {
  members m({.voters = 3, .observers = 1});
  auto& leading = m.await_leader();
  m.append_and_agree(3);
  CHECK(m.member(4).state().size() == 3);
  for (int i = 1; i <= 3; ++i)
    if (node_id(i) != leading.id()) m.member(i).stop(sim::crash::kill);
  REQUIRE(m.append());
  m.time().run_until(after(m.time().now().steady, 1s));
  CHECK(m.history().committed() == 3);
  m.time().run_until(after(m.time().now().steady, 20s));
  CHECK(m.leader() == nullptr);
}

TEST_CASE("a minority elects nobody, whatever it had") {
  members m({.voters = 5});
  m.await_leader();
  m.append_and_agree(2);
  for (int i = 1; i <= 3; ++i) m.member(i).stop(sim::crash::kill);
  m.time().run_until(after(m.time().now().steady, 20s));
  CHECK(m.leader() == nullptr);
  m.start_all();
  CHECK(m.until(10s, [&] { return m.agrees(); }));
}
