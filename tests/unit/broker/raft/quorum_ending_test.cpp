// What comes after the end: answers, syncs and requests that reach a member that was closed or has failed.
#include "scripted_member.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

namespace {

/// Nothing was sent since the test forgot what was.
bool is_silent(const script& others) {
  return others.votes.empty() && others.begins.empty() && others.ends.empty() && others.fetches.empty() &&
         others.snapshots.empty() && others.updates.empty();
}
void close(member& m) {
  m.event([&] { m.voter->close([] {}); });
  m.others = {};
}

}  // namespace

TEST_CASE("a leader whose disk fails leads no more, says nothing more, and takes nothing") {
  member m;
  m.lead();
  m.others = {};
  m.disk.fail({"write", ".log"});
  const std::vector<record_value> values{{std::byte{1}}};
  m.event([&] { CHECK(m.voter->append(values)); });
  CHECK(m.failed.size() == 1);
  CHECK_FALSE(m.voter->leading());
  CHECK(m.voter->members().empty());
  CHECK(m.voter->deadline() == never);
  CHECK(m.voter->append(values).code() == error_code::not_leader_or_follower);
  CHECK_FALSE(m.ask<fetch_response>(fetch_from(0, 0, offset(0))));
  CHECK_FALSE(m.vote(9, two));
  m.pass(millis(60'000));
  CHECK(is_silent(m.others));
  CHECK(m.failed.size() == 1);
}

TEST_CASE("an election that cannot be written down ends the member: it must not forget whom it voted for") {
  member m;
  m.disk.fail({"sync", "quorum-state"});
  CHECK_FALSE(m.vote(3, two));
  CHECK(m.failed.size() == 1);
}

TEST_CASE("who is asked for votes and fails stands for nothing, whatever is answered") {
  member m;
  m.disk.hold({"sync", "quorum-state"});
  m.follow();
  m.pass(millis(2000));
  REQUIRE(m.plays<prospective>());
  m.disk.fail({"sync", "quorum-state"});
  m.disk.let_pass();
  m.settle();
  REQUIRE(m.failed.size() == 1);
  m.grant(true);
  CHECK(m.voter->epoch() == leader_epoch(2));
  CHECK(m.real_votes() == 0);
}

TEST_CASE("a follower that closes ends nobody's epoch") {
  member m;
  m.follow();
  bool closed = false;
  m.event([&] { m.voter->close([&] { closed = true; }); });
  CHECK(closed);
  CHECK(m.others.ends.empty());
  CHECK(m.voter->deadline() == never);
}

TEST_CASE("a closed member learns nothing from answers and requests that are late") {
  member m;
  SUBCASE("to a fetch") {
    m.follow();
    auto open = std::exchange(m.others.fetches, {});
    close(m);
    m.answer(open[0], fetch_response{.leader = {leader_epoch(9), three}, .records = batch_of(0)});
    CHECK(m.voter->end() == offset(0));
    CHECK(m.voter->epoch() == leader_epoch(2));
  }
  SUBCASE("to the beginning of its epoch") {
    m.lead();
    auto open = std::exchange(m.others.begins, {});
    close(m);
    m.answer(open[0], epoch_response{error_code::fenced_leader_epoch, {leader_epoch(9), three}});
    CHECK(m.voter->epoch() == leader_epoch(1));
  }
  SUBCASE("to a question for a vote") {
    m.pass(millis(2001));
    auto open = std::exchange(m.others.votes, {});
    close(m);
    m.answer(open[0], vote_response{error_code::none, {leader_epoch(9), three}, true});
    CHECK(m.voter->epoch() == leader_epoch(0));
  }
  SUBCASE("of another epoch") {
    close(m);
    CHECK_FALSE(m.vote(9, two));
    CHECK_FALSE(m.begin(9, two));
    CHECK_FALSE(m.end(9, two));
    CHECK(m.voter->epoch() == leader_epoch(0));
  }
  CHECK(is_silent(m.others));
  m.pass(millis(60'000));
  CHECK(is_silent(m.others));
}

TEST_CASE("what the disk still does for a closed member has no consequences") {
  member m;
  SUBCASE("a vote that was being written is not answered") {
    m.disk.hold({"sync", "quorum-state"});
    const auto said =
        m.ask_for<vote_response>(vote_request{leader_epoch(3), two, {}, {leader_epoch(9), offset(9)}});
    close(m);
    m.disk.behave();
    m.settle();
    CHECK_FALSE(*said);
  }
  SUBCASE("records that were being synced are not followed by a fetch") {
    m.disk.hold({"sync", ".log"});
    m.follow();
    m.give({.records = batch_of(0)});
    close(m);
    m.disk.behave();
    m.settle();
  }
  SUBCASE("and a failure is nobody's business") {
    m.lead();
    m.disk.hold({"write", ".log"});
    m.append();
    m.disk.fail({"write", ".log"});
    close(m);
    m.disk.let_pass();
    m.settle();
    CHECK(m.failed.empty());
  }
  CHECK(is_silent(m.others));
}

TEST_CASE("a fetch that waits when its leader closes hears that it leads no more") {
  member m;
  m.lead();
  m.ask<fetch_response>(fetch_from(1, 1, offset(0)));
  const auto said = m.ask_for<fetch_response>(fetch_from(1, 1, offset(1)));
  CHECK_FALSE(*said);
  close(m);
  REQUIRE(*said);
  CHECK((*said)->error == error_code::not_leader_or_follower);
}
