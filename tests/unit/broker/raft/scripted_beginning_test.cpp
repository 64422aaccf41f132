// What a member begins with: the voters of a new cluster, those that its log and its snapshot name, and where it is reached.
#include <doctest/doctest.h>

#include "changing_leader.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

namespace {

const std::string first_checkpoint = log_directory + "/" + checkpoint_name({});

bool has_checkpoint(member& m) { return m.disk.below().content(first_checkpoint).has_value(); }

/// By the log, and told of nobody.
void told_of_nobody(quorum_options& how) {
  by_the_log(how);
  how.voters.clear();
  how.bootstrap = {node_id(-2)};
}

/// Is elected again in another life, its own epoch being over.
void lead_again(member& m) {
  m.live_again();
  m.pass(millis(2001));
  m.lead();
}

int port_of(member& m, node_id who) { return find_voter(m.voter->voters(), who)->port; }

}  // namespace

TEST_CASE("a new cluster's first snapshot says who votes, so that its next life need not be told") {
  member m(self, by_the_log);
  CHECK(has_checkpoint(m));
  CHECK(m.voter->voters().size() == 3);
  CHECK(m.voter->kraft_version() == 1);
  told_of_nobody(m.options);
  m.live_again();
  CHECK(m.failed.empty());
  CHECK(m.voter->voters().size() == 3);
  CHECK(m.voter->votes());
  CHECK(m.voter->kraft_version() == 1);
}

TEST_CASE("configured voters stand in no snapshot, and count in each life as they are configured") {
  member m;
  CHECK(has_checkpoint(m));
  CHECK(m.voter->kraft_version() == 0);
  m.lead().append();
  m.options.voters.pop_back();
  m.live_again();
  CHECK(m.voter->voters().size() == 2);
}

TEST_CASE("who joins a cluster begins nothing: not who is told of no voters, nor who has a log already") {
  SUBCASE("told of nobody") {
    member m(fourth, told_of_nobody);
    CHECK_FALSE(has_checkpoint(m));
    CHECK(m.voter->voters().empty());
  }
  SUBCASE("a log is there") {
    member m(fourth, told_of_nobody);
    m.follow(1, three);
    m.give({.records = batch_of(0, 2, 1)}, 1, three);
    by_the_log(m.options);
    m.live_again();
    CHECK(m.failed.empty());
    CHECK_FALSE(has_checkpoint(m));
    CHECK(m.voter->kraft_version() == 0);
  }
}

TEST_CASE("a cluster is not begun by a node whose directory is not the one that its voter names") {
  member m(self, by_the_log, false);
  m.options.voters[0].directory = directory_of(two);
  m.live();
  REQUIRE(m.failed.size() == 1);
  CHECK(m.failed[0].find("is to begin with the voter") != std::string::npos);
  CHECK_FALSE(has_checkpoint(m));
}

TEST_CASE("a member whom nobody tells who votes, nor whom to ask, ends with what to configure") {
  member m(fourth, told_of_nobody, false);
  m.options.bootstrap.clear();
  m.live();
  REQUIRE(m.failed.size() == 1);
  CHECK(m.failed[0].find("controller.quorum.bootstrap.servers") != std::string::npos);
}

TEST_CASE("voters that the log names behind a snapshot count from the start") {
  changing_leader l([](quorum_options& how) {
    by_the_log(how);
    how.snapshot_after_bytes = 1;
  });
  l.commit();
  REQUIRE(l.m.snapshots_made == 1);
  l.remove(key_of(three));
  REQUIRE(l.voters() == 2);
  l.m.live_again();
  CHECK(l.m.failed.empty());
  CHECK(l.voters() == 2);
  CHECK(find_voter(l.m.voter->voters(), three) == nullptr);
}

TEST_CASE("a leader writes who votes when nobody has, and when it is reached elsewhere; else not") {
  changing_leader l;
  CHECK(l.m.voter->end() == offset(3));  // the leader, the version, the voters
  l.commit();
  const auto before = l.m.voter->end();
  lead_again(l.m);
  CHECK(l.m.voter->end() == before + 1);
  CHECK(port_of(l.m, self) == 9093);
  l.commit();
  l.m.options.listeners = {{"CONTROLLER", "localhost", 4711}};
  lead_again(l.m);
  CHECK(l.m.voter->end() > before + 2);
  CHECK(port_of(l.m, self) == 4711);
  CHECK(port_of(l.m, two) == 9093);
}

TEST_CASE(
    "a leader says where its own listener is; one that has none, where the voters say; of others always so") {
  SUBCASE("its listener") {
    member m(self, configured);
    m.lead();
    const auto said = m.ask<fetch_response>(fetch_from(1, 1, offset(0), millis(0)));
    REQUIRE(said);
    CHECK(said->leader.at.port == 9093);
  }
  SUBCASE("no listener") {
    member m(self, [](quorum_options& how) { how.voters[0].port = 4711; });
    m.lead();
    const auto said = m.ask<fetch_response>(fetch_from(1, 1, offset(0), millis(0)));
    REQUIRE(said);
    CHECK(said->leader.at.port == 4711);
  }
  SUBCASE("another leads") {
    member m(self, [](quorum_options& how) {
      configured(how);
      how.voters[1].port = 4711;
    });
    const auto said = m.begin(2, two);
    REQUIRE(said);
    CHECK(said->leader.at.port == 4711);
  }
}
