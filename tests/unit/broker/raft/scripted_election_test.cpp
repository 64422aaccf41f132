// One member of three in elections: when it asks, what it counts, what it remembers and whom it follows.
#include "scripted_member.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

namespace {

constexpr node_id zero(0), four(4);

/// Of the voters 0, 1 and 2.
member::configure with_node_zero() {
  return [](quorum_options& how) { how.voters.back().id = zero; };
}

}  // namespace

TEST_CASE("nobody stands before its election timeout is over") {
  member m;
  m.pass(millis(1));
  CHECK(m.plays<unattached>());
  m.pass(millis(998));
  CHECK(m.plays<unattached>());
  CHECK(m.others.votes.empty());
  m.pass(millis(1002));
  CHECK(m.plays<prospective>());
}

TEST_CASE("a candidate asks for votes once its own is on disk, and not if it is none any more") {
  member m;
  m.pass(millis(2001));
  m.disk.hold({"sync", "quorum-state"});
  m.grant(true);
  REQUIRE(m.plays<candidate>());
  CHECK(m.real_votes() == 0);
  SUBCASE("it is") {
    m.disk.behave();
    m.settle();
    CHECK(m.real_votes() == 2);
  }
  SUBCASE("another one leads a later epoch") {
    m.begin(2, two);
    m.disk.behave();
    m.settle();
    CHECK(m.plays<follower>());
    CHECK(m.real_votes() == 0);
  }
  SUBCASE("it stands in a later epoch, for which its vote is not on disk yet") {
    m.pass(millis(2001));
    REQUIRE(m.plays<prospective>());
    m.grant(true);
    REQUIRE(m.voter->epoch() == leader_epoch(2));
    m.disk.let_pass();
    m.settle();
    CHECK(m.real_votes() == 0);
    m.disk.behave();
    m.settle();
    CHECK(m.real_votes() == 2);
    CHECK(m.others.votes.back().what.epoch == leader_epoch(2));
  }
}

TEST_CASE("a vote that was given in another epoch counts for nothing, late as it is") {
  member m;
  m.pass(millis(2001));
  m.grant(true);
  REQUIRE(m.plays<candidate>());
  auto first = std::exchange(m.others.votes, {});
  m.pass(millis(2001));
  REQUIRE(m.plays<prospective>());
  SUBCASE("nor does one that was given to stand count as one that would be") {
    m.answer(first[0], vote_response{error_code::none, {leader_epoch(1), node_id()}, true});
    CHECK(m.plays<prospective>());
  }
  SUBCASE("in the next one it is asked for again") {
    m.grant(true);
    REQUIRE(m.voter->epoch() == leader_epoch(2));
    m.answer(first[0], vote_response{error_code::none, {leader_epoch(1), node_id()}, true});
    CHECK(m.plays<candidate>());
  }
}

TEST_CASE("a pre-vote binds nobody") {
  member m;
  CHECK(m.vote(3, three, true)->granted);
  CHECK(m.plays<unattached>());
  CHECK(m.vote(3, two)->granted);
  CHECK_FALSE(m.vote(3, three)->granted);
}

TEST_CASE("of two that ask at once one gives way: whose log is shorter, and of equals whose id is higher") {
  struct row {
    node_id own, other;
    log_position theirs;
    bool gives_way;
  };
  for (const auto& r : {row{two, self, {}, true}, row{self, two, {}, false},
                        row{self, two, {leader_epoch(0), offset(1)}, true}}) {
    CAPTURE(r.own.value);
    member m(r.own);
    m.pass(millis(2001));
    REQUIRE(m.plays<prospective>());
    CHECK(m.vote({leader_epoch(0), r.other, {}, r.theirs, true})->granted);
    CHECK(m.plays<unattached>() == r.gives_way);
    m.grant(true);
    CHECK(m.plays<candidate>() == !r.gives_way);
  }
}

TEST_CASE("who has voted in an epoch remembers it after it followed that epoch's leader") {
  member m;
  REQUIRE(m.vote(3, two)->granted);
  m.follow(3, two);
  m.pass(millis(2000));
  m.grant(true, false);
  REQUIRE(m.plays<unattached>());
  REQUIRE(m.voter->epoch() == leader_epoch(3));
  CHECK_FALSE(m.vote(3, three)->granted);
  CHECK(m.vote(3, two)->granted);
}

TEST_CASE("a vote says what is known of its own epoch's leader when it is on disk at last") {
  member m;
  m.disk.hold({"sync", "quorum-state"});
  const auto said =
      m.ask_for<vote_response>(vote_request{leader_epoch(3), two, {}, {leader_epoch(9), offset(9)}});
  known_leader expected{leader_epoch(3), node_id()};
  SUBCASE("nobody leads yet") {}
  SUBCASE("the candidate leads meanwhile") {
    m.begin(3, two);
    expected.node = two;
    expected.at.host = "localhost";
  }
  SUBCASE("the epoch is over meanwhile") { m.begin(4, three); }
  CHECK_FALSE(*said);
  m.disk.behave();
  m.settle();
  REQUIRE(*said);
  CHECK((*said)->granted);
  CHECK((*said)->leader == expected);
}

TEST_CASE("node 0 is followed as any other leader, and is the only one of its epoch") {
  member m(self, with_node_zero());
  m.begin(2, zero);
  REQUIRE(m.plays<follower>());
  CHECK(m.voter->leader_id() == zero);
  m.begin(2, two);
  CHECK(m.voter->leader_id() == zero);
}

TEST_CASE("who is told that it leads a later epoch itself follows nobody in it") {
  member m;
  m.begin(5, self);
  CHECK(m.plays<unattached>());
  CHECK(m.voter->epoch() == leader_epoch(5));
  CHECK(m.voter->leader_id() == node_id());
}

TEST_CASE("where a leader is reached is remembered of others only, and of who says it") {
  member m;
  m.ask<epoch_response>(begin_epoch_request{{leader_epoch(2), two, {"elsewhere", 77}}});
  REQUIRE(m.others.learnt.size() == 1);
  CHECK(m.others.learnt[0] == std::pair(two, host_port{"elsewhere", 77}));
  m.begin(2, two);
  m.ask<epoch_response>(begin_epoch_request{{leader_epoch(3), self, {"here", 78}}});
  CHECK(m.others.learnt.size() == 1);
}

TEST_CASE("an observer never stands, however often its leader is gone") {
  member m(four);
  m.follow();
  const auto patience = m.voter->deadline();
  m.end(2, two, {{four}});
  CHECK(m.voter->deadline() == patience);
  m.pass(millis(0));
  CHECK(m.plays<follower>());
  for (int i = 0; i < 5; ++i) m.pass(millis(2001));
  CHECK(m.plays<unattached>());
  CHECK(m.others.votes.empty());
  CHECK(m.voter->epoch() == leader_epoch(2));
}

TEST_CASE("a leader that has met everybody is not woken to tell them of its epoch") {
  member m;
  m.lead();
  for (const auto id : {two, three}) {
    auto request = fetch_from(0, 0, offset(0));
    request.replica.id = id;
    m.ask<fetch_response>(request);
  }
  m.pass(millis(1000));
  CHECK(m.voter->deadline() == after(m.now.steady, millis(2000)));
}

TEST_CASE("a leader that hears of a later epoch leads no more") {
  member m;
  m.lead();
  auto told = std::exchange(m.others.begins, {});
  m.answer(told[0], epoch_response{error_code::none, {leader_epoch(1), self}});
  CHECK(m.voter->leading());
  m.answer(told[1], epoch_response{error_code::fenced_leader_epoch, {leader_epoch(5), three}});
  CHECK(m.plays<follower>());
  CHECK(m.voter->leader_id() == three);
}

TEST_CASE("a lone voter that hears of a later epoch has nobody to ask, and stands again") {
  member m(self, [](quorum_options& how) { how.voters.resize(1); });
  REQUIRE(m.voter->leading());
  CHECK(m.led == std::vector{1});
  m.append();
  CHECK(m.led == std::vector{1});  // said once
  m.begin(5, node_id());
  CHECK(m.plays<unattached>());
  CHECK(m.others.fetches.empty());
  m.pass(millis(2001));
  CHECK(m.voter->leading());
  CHECK(m.voter->epoch() == leader_epoch(6));
  CHECK(m.led == std::vector{1, 6});
}

TEST_CASE(
    "who stands and has heard of no leader asks whom it is configured to ask: the voters may have moved") {
  constexpr node_id configured(-2);
  member m(self, [](quorum_options& how) { how.bootstrap = {configured}; });
  m.others.fetches.clear();
  m.pass(millis(2001));
  REQUIRE(m.plays<prospective>());
  REQUIRE(m.others.fetches.size() == 1);
  CHECK(m.others.fetches[0].to == configured);
  SUBCASE("that one knows who leads") {
    m.others.learnt.clear();
    auto asked = std::exchange(m.others.fetches, {});
    m.answer(asked[0], fetch_response{.error = error_code::not_leader_or_follower,
                                      .leader = {leader_epoch(5), two, {"elsewhere", 4711}}});
    CHECK(m.plays<follower>());
    CHECK(m.voter->leader_id() == two);
    CHECK(m.others.learnt.back() == std::pair(two, host_port{"elsewhere", 4711}));
  }
  SUBCASE("that one does not answer: it is asked again, however often the votes are") {
    for (int round = 0; round < 3; ++round) {
      auto asked = std::exchange(m.others.fetches, {});
      REQUIRE(asked.size() == 1);
      m.answer(asked[0], result<fetch_response>(error(error_code::network_exception)));
      m.pass(millis(2001));
      CHECK(m.plays<prospective>());
    }
  }
}

TEST_CASE("who lost its leader asks nobody else to follow while it stands") {
  member m(self, [](quorum_options& how) { how.bootstrap = {node_id(-2)}; });
  m.follow();
  m.give({});
  m.others.fetches.clear();
  m.pass(millis(2001));
  REQUIRE(m.plays<prospective>());
  CHECK(m.others.fetches.empty());
}

TEST_CASE("who is refused as of another cluster says so, once") {
  member m(node_id(4), [](quorum_options& how) { how.bootstrap = {node_id(-2)}; });
  for (int i = 0; i < 3; ++i) {
    auto asked = std::exchange(m.others.fetches, {});
    REQUIRE(asked.size() == 1);
    m.answer(asked[0], result<fetch_response>(error(error_code::inconsistent_cluster_id)));
    m.pass(millis(20));
  }
  CHECK(m.said.count(log_level::error, "of another cluster") == 1);
}
