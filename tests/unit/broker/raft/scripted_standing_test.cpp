// Who stands for an epoch though it does not vote: who removed itself, as long as it may have the only whole log.
#include <doctest/doctest.h>

#include "changing_leader.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

namespace {

/// Removed itself, and died before anybody had fetched that. Its next life knows its log, and no high watermark.
struct removed_self : changing_leader {
  removed_self() {
    commit();
    removal = m.voter->end();
    remove(key_of(self));
    m.live_again();
    REQUIRE_FALSE(m.voter->votes());
    REQUIRE(m.voter->end() == removal + 1);
  }
  /// Follows, is told what is committed, and hears no more.
  void lose_leader(offset high_watermark) {
    m.follow(2, two);
    m.give({.high_watermark = high_watermark});
    REQUIRE(m.voter->high_watermark() == high_watermark);
    m.pass(millis(2001));
  }

  offset removal;
};

}  // namespace

TEST_CASE("who removed itself and died stands: nobody else may have the whole log") {
  removed_self alone;
  alone.m.pass(millis(2001));  // its own epoch is over first
  alone.m.pass(millis(2001));
  CHECK(alone.m.plays<prospective>());
  CHECK(alone.m.others.votes.size() == 2);
  alone.m.grant(true);
  alone.m.grant(false);
  CHECK(alone.m.voter->leading());
}

TEST_CASE("who removed itself stands until it hears that this is committed") {
  removed_self member;
  SUBCASE("what is before it is") {
    member.lose_leader(member.removal);
    CHECK(member.m.plays<prospective>());
    CHECK(member.m.others.votes.size() == 2);
  }
  SUBCASE("it is") {
    member.lose_leader(member.removal + 1);
    CHECK(member.m.plays<unattached>());
    CHECK(member.m.others.votes.empty());
  }
}

TEST_CASE("who never voted does not stand, whether the log names the voters or the configuration does") {
  SUBCASE("the log, which is not known to be committed") {
    changing_leader source;
    source.commit();
    member m(fourth, by_the_log);
    m.follow(1, self);
    fetch_request all{leader_epoch(1), {fourth}, offset(0), leader_epoch(0), offset(-1), millis(0)};
    m.give({.records = source.m.ask<fetch_response>(all)->records}, 1, self);
    REQUIRE(m.voter->voters().size() == 3);
    m.pass(millis(2001));
    CHECK(m.plays<unattached>());
    CHECK(m.others.votes.empty());
  }
  SUBCASE("the configuration") {
    member m(fourth, configured);
    m.follow();
    m.pass(millis(2001));
    CHECK(m.plays<unattached>());
    CHECK(m.others.votes.empty());
  }
}
