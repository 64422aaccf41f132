// Changes of who votes (KIP-853): what is refused and why, and what happens to who comes and who goes.
#include <optional>

#include "tests/unit/broker/raft/members.hpp"

using namespace klamm;
using namespace klamm::broker::raft;

namespace {

struct changing : members {
  explicit changing(int voters = 3, int joiners = 1, bool auto_join = false)
      : members({.voters = voters, .joiners = joiners, .change_voters = true, .auto_join = auto_join}) {}

  static voter entry(int number) { return entry_of(number); }
  error_code add(const voter& who) {
    std::optional<change_response> came;
    REQUIRE(add_voter(who, [&](result<change_response> answer) { came = *answer; }));
    REQUIRE(until(5s, [&] { return came.has_value(); }));
    return came->error;
  }
  error_code remove(const replica_key& who) {
    std::optional<change_response> came;
    REQUIRE(remove_voter(who, [&](result<change_response> answer) { came = *answer; }));
    REQUIRE(until(5s, [&] { return came.has_value(); }));
    return came->error;
  }
  std::vector<int> voters_of(int number) {
    std::vector<int> ids;
    for (const auto& v : member(number).voter().voters()) ids.push_back(v.id.value);
    return ids;
  }
  int follower() { return leader()->id().value % 3 + 1; }
  void stop(int number) { member(number).stop(sim::crash::kill); }
};

using ints = std::vector<int>;
using strings = std::vector<std::string>;

uuid another_directory() {
  uuid id;
  id.bytes.fill(7);
  return id;
}

}  // namespace

TEST_CASE("an observer that has the log becomes a voter, and every member hears of it by the log") {
  changing m;
  m.await_leader();
  CHECK(m.add(m.entry(4)) == error_code::none);
  REQUIRE(m.until(5s, [&] { return m.agrees(); }));
  for (int i = 1; i <= 4; ++i) CHECK(m.voters_of(i) == ints{1, 2, 3, 4});
  CHECK(m.member(4).voter().votes());
  CHECK(m.broken() == strings{});
}

TEST_CASE("a new voter counts: with two of four there is no majority") {
  changing m;
  auto& leading = m.await_leader();
  REQUIRE(m.add(m.entry(4)) == error_code::none);
  const auto first = m.follower(), second = first % 3 + 1;
  m.append_and_agree(1);
  m.stop(first == leading.id().value ? second : first);
  m.stop(4);
  const auto committed = m.history().committed();
  REQUIRE(m.append());
  m.time().run_until(after(m.time().now().steady, 1s));
  CHECK(m.history().committed() == committed);
}

TEST_CASE("what stands against adding a voter, each by its code") {
  changing m;
  m.await_leader();
  CHECK(m.add(m.entry(2)) == error_code::duplicate_voter);
  auto elsewhere = m.entry(2);
  elsewhere.directory = another_directory();
  CHECK(m.add(elsewhere) == error_code::duplicate_voter);  // one number votes once, whatever its directory
  auto unnamed = m.entry(4);
  unnamed.directory = {};
  CHECK(m.add(unnamed) == error_code::invalid_request);
  auto never_fetched = m.entry(4);
  never_fetched.directory = another_directory();
  CHECK(m.add(never_fetched) == error_code::request_timed_out);
  m.stop(4);
  CHECK(m.add(m.entry(4)) == error_code::request_timed_out);  // it does not say what it can do
  CHECK(m.voters_of(m.leader()->id().value) == ints{1, 2, 3});
}

TEST_CASE("a change is refused while another one is under way, and while the last is not committed") {
  changing m(3, 2);
  auto& leading = m.await_leader();
  std::optional<change_response> first;
  REQUIRE(m.add_voter(m.entry(4), [&](result<change_response> answer) { first = *answer; }));
  CHECK(m.add(m.entry(5)) ==
        error_code::request_timed_out);  // at once: the first asks voter 4 what it can do
  REQUIRE(m.until(5s, [&] { return first.has_value(); }));
  CHECK(first->error == error_code::none);

  for (int i = 1; i <= 4; ++i)
    if (node_id(i) != leading.id()) m.member(i).stall_disk(true);
  CHECK(m.remove(m.entry(4).key()) == error_code::request_timed_out);  // it was not committed in time
  if (leading.voter().leading()) {
    CHECK(m.remove(m.entry(3).key()) == error_code::request_timed_out);
    CHECK(m.voters_of(leading.id().value).size() == 3);
  }
}

TEST_CASE("a leader changes nothing before a record of its own epoch is committed") {
  changing m;
  auto& old = m.await_leader();
  const auto first = old.id();
  std::optional<change_response> came;
  m.stop(first.value);
  bool asked = false;
  REQUIRE(m.until(10s, [&] {
    auto* const now = m.leader();
    if (!now || now->voter().voters().size() != 3) return false;
    asked = now->voter().high_watermark() <= std::get<leader>(now->voter().role()).epoch_start();
    return true;
  }));
  if (asked) {
    m.remove_voter(m.entry(first.value).key(), [&](result<change_response> answer) { came = *answer; });
    REQUIRE(came);
    CHECK(came->error == error_code::request_timed_out);
  }
  REQUIRE(m.until(5s, [&] { return m.remove(m.entry(first.value).key()) == error_code::none; }));
}

TEST_CASE("a voter is removed by its number and its directory; the last one stays") {
  changing m(2, 0);
  m.await_leader();
  CHECK(m.remove({node_id(2), another_directory()}) == error_code::voter_not_found);
  CHECK(m.remove({node_id(9), another_directory()}) == error_code::voter_not_found);
  CHECK(m.remove({node_id(2)}) == error_code::invalid_request);
  const auto other = 3 - m.leader()->id().value;
  CHECK(m.remove(m.entry(other).key()) == error_code::none);
  CHECK(m.remove(m.entry(3 - other).key()) == error_code::voter_not_found);
  m.append_and_agree(2);  // alone; the other one observes
  CHECK_FALSE(m.member(other).voter().votes());
}

TEST_CASE("a leader that is removed leads until that is committed, and no longer") {
  changing m;
  auto& old = m.await_leader();
  m.append_and_agree(2);
  CHECK(m.remove(m.entry(old.id().value).key()) == error_code::none);
  CHECK_FALSE(old.voter().leading());
  REQUIRE(m.until(10s, [&] { return m.leader() && m.leader()->id() != old.id(); }));
  REQUIRE(m.append());
  REQUIRE(m.until(10s, [&] { return m.agrees(); }));
  CHECK(m.voters_of(old.id().value).size() == 2);
  m.time().run_until(after(m.time().now().steady, 20s));
  CHECK(m.leader() != &old);
  CHECK(m.broken() == strings{});
}

TEST_CASE("voters that a leader appended alone are gone when they are cut from its log") {
  changing m;
  auto& old = m.await_leader();
  m.append_and_agree(1);
  m.cut_off(old.id().value);
  const auto lost = m.entry(old.id().value % 3 + 1);
  m.remove_voter(lost.key(), [](const auto&) {});
  CHECK(old.voter().voters().size() == 2);  // it counts at once
  REQUIRE(m.until(10s, [&] { return m.leader() && m.leader()->id() != old.id(); }));
  REQUIRE(m.append());
  m.heal();
  REQUIRE(m.until(10s, [&] { return m.agrees(); }));
  CHECK(m.voters_of(old.id().value) == ints{1, 2, 3});
  CHECK(m.broken() == strings{});
}

TEST_CASE("who votes is in snapshots: a member that fetches one knows") {
  sim::quorum_conditions how{.voters = 3, .joiners = 2, .change_voters = true, .snapshot_after_bytes = 500};
  members m(how);
  m.await_leader();
  m.member(5).stop(sim::crash::kill);
  std::optional<change_response> came;
  REQUIRE(
      m.add_voter(sim::quorum_cluster::entry_of(4), [&](result<change_response> answer) { came = *answer; }));
  REQUIRE(m.until(5s, [&] { return came.has_value(); }));
  for (int i = 0; i < 40; ++i) {
    REQUIRE(m.append());
    m.time().run_until(after(m.time().now().steady, 50ms));
  }
  REQUIRE(m.leader()->voter().start() > offset(10));
  m.member(5).start();
  REQUIRE(m.until(10s, [&] { return m.agrees(); }));
  CHECK(m.member(5).snapshots_loaded() > 0);
  CHECK(m.member(5).voter().voters().size() == 4);
  CHECK(m.member(5).voter().kraft_version() == 1);
  m.member(5).stop(sim::crash::power);
  m.member(5).start();
  REQUIRE(m.until(10s, [&] { return m.agrees(); }));
  CHECK(m.member(5).voter().voters().size() == 4);
}

TEST_CASE("a voter that comes back elsewhere tells the leader, and is written down there") {
  changing m;
  m.await_leader();
  const auto moved = m.follower();
  m.stop(moved);
  m.member(moved).move_to(4711);
  m.member(moved).start();
  const auto written = [&](int at) {
    return find_voter(m.member(at).voter().voters(), node_id(moved))->port;
  };
  REQUIRE(m.until(10s, [&] { return m.leader() && written(m.leader()->id().value) == 4711; }));
  CHECK(m.leader()->voter().voters().size() == 3);
}

TEST_CASE("an observer that joins by itself does, but not again once it was removed (KIP-1186)") {
  changing m(1, 1, true);
  m.await_leader();
  REQUIRE(m.until(10s, [&] { return m.member(2).voter().votes(); }));
  REQUIRE(m.until(10s, [&] { return m.agrees(); }));
  REQUIRE(m.until(10s, [&] { return m.leader() && m.remove(m.entry(2).key()) == error_code::none; }));
  m.time().run_until(after(m.time().now().steady, 30s));
  REQUIRE(m.leader());
  CHECK(m.voters_of(m.leader()->id().value) == ints{1});
}

TEST_CASE(
    "configured voters do not change, until kraft.version is upgraded once all have said what they can do") {
  members m({.voters = 3, .joiners = 0, .configured = true, .change_voters = true});
  auto& leading = m.await_leader();
  std::optional<change_response> came;
  m.remove_voter(sim::quorum_cluster::entry_of(2).key(),
                 [&](result<change_response> answer) { came = *answer; });
  REQUIRE(came);
  CHECK(came->error == error_code::unsupported_version);
  const auto upgrade = [&](std::int16_t to, bool only_ask) {
    std::optional<error_code> how;
    leading.event([&](quorum& voter) {
      const auto done = voter.upgrade(to, only_ask);
      how = done ? error_code::none : done.code();
    });
    return *how;
  };
  CHECK(upgrade(1, true) == error_code::invalid_update_version);  // nobody has said anything yet
  REQUIRE(m.until(10s, [&] { return upgrade(1, true) == error_code::none; }));
  CHECK(leading.voter().kraft_version() == 0);
  CHECK(upgrade(2, false) == error_code::invalid_update_version);
  CHECK(upgrade(1, false) == error_code::none);
  m.append_and_agree(1);
  for (int i = 1; i <= 3; ++i) {
    CHECK(m.member(i).voter().kraft_version() == 1);
    for (const auto& v : m.member(i).voter().voters()) CHECK(v == sim::quorum_cluster::entry_of(v.id.value));
  }
  CHECK(upgrade(0, false) == error_code::invalid_update_version);
}

TEST_CASE("a vote that is meant for another directory is refused: that voter's promises are not this one's") {
  changing m;
  auto& asked = m.await_leader();
  std::optional<vote_response> came;
  asked.event([&](quorum& voter) {
    vote_request request{leader_epoch(9), node_id(2), {}, {leader_epoch(8), offset(1000)}};
    request.voter = {asked.id(), another_directory()};
    voter.on(request, [&](result<vote_response> answer) { came = *answer; });
  });
  REQUIRE(came);
  CHECK(came->error == error_code::invalid_voter_key);
  CHECK_FALSE(came->granted);
}
