// Changes of the voters (KIP-853) with one member: each answer of who is to come, each refusal, and what is late.
#include <doctest/doctest.h>

#include "changing_leader.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

TEST_CASE(
    "a voter is added once it said that it can be one, and has the log; who asked hears when it is "
    "committed") {
  changing_leader l;
  l.commit();
  l.fetch(fourth);
  bool when_committed = true;
  SUBCASE("as it is asked by default") {}
  SUBCASE("or at once") { when_committed = false; }
  const auto said = l.add(entry_of(fourth), when_committed);
  REQUIRE(l.m.others.versions.size() == 1);
  CHECK(l.m.others.versions[0].to == fourth);
  CHECK(l.m.others.learnt.back() == std::pair(fourth, host_port{"localhost", 9093}));
  CHECK_FALSE(*said);
  l.says(l.can(0, 1));
  CHECK(l.voters() == 4);
  CHECK(said->has_value() == !when_committed);
  l.commit();
  REQUIRE(*said);
  CHECK((*said)->error == error_code::none);
}

TEST_CASE("who is to vote and does not say that it can, or has not the log, is not added") {
  changing_leader l;
  l.commit();
  auto expected = error_code::request_timed_out;
  l.fetch(fourth);
  const auto said = l.add(entry_of(fourth));
  SUBCASE("it does not answer") { l.says(error(error_code::network_exception)); }
  SUBCASE("it answers with an error") {
    l.says(versions_response{error_code::unknown_server_error, version_range{0, 1}});
  }
  SUBCASE("it knows of no kraft.version") {
    l.says(versions_response{});
    expected = error_code::invalid_request;
  }
  SUBCASE("it can only do what is over") {
    l.says(l.can(0, 0));
    expected = error_code::invalid_request;
  }
  REQUIRE(*said);
  CHECK((*said)->error == expected);
  CHECK(l.voters() == 3);
  const auto lagging = l.add(entry_of(node_id(5)));
  l.says(l.can(0, 1));
  REQUIRE(*lagging);
  CHECK((*lagging)->error == error_code::request_timed_out);
  CHECK(l.voters() == 3);
}

TEST_CASE("what one who is to vote says too late is nobody's answer") {
  changing_leader l;
  l.commit();
  l.fetch(fourth);
  const auto said = l.add(entry_of(fourth));
  auto late = std::exchange(l.m.others.versions, {});
  REQUIRE(late.size() == 1);
  SUBCASE("the time is over") {
    l.m.pass(millis(1999));
    CHECK_FALSE(*said);
    CHECK(l.m.voter->deadline() <= after(l.m.now.steady, millis(1)));
    l.m.pass(millis(1));
    REQUIRE(*said);
    CHECK((*said)->error == error_code::request_timed_out);
  }
  SUBCASE("another one is to be added by now") {
    l.m.pass(millis(2000));
    l.fetch(node_id(5));
    l.add(entry_of(node_id(5)));
  }
  SUBCASE("another one leads") {
    l.m.begin(9, two);
    REQUIRE(*said);
    CHECK((*said)->error == error_code::not_leader_or_follower);
  }
  SUBCASE("it has said so before") {
    const auto once = l.m.voter->end();
    auto first = std::move(late[0].then);
    l.m.event([&] { first(l.can(0, 1)); });
    CHECK(l.m.voter->end() == once + 1);
    CHECK(l.voters() == 4);
    return;
  }
  l.m.answer(late[0], result<versions_response>(l.can(0, 1)));
  CHECK(l.voters() == 3);
}

TEST_CASE("changes are the leader's to make, and of voters that are named by number and directory") {
  changing_leader l;
  l.commit();
  auto nameless = entry_of(fourth);
  nameless.directory = {};
  CHECK((**l.add(nameless)).error == error_code::invalid_request);
  CHECK((**l.remove({two, {}})).error == error_code::invalid_request);
  CHECK((**l.remove({node_id(-1), own_directory})).error == error_code::invalid_request);
  CHECK(l.update(nameless) == error_code::invalid_request);
  CHECK((**l.remove(key_of(fourth))).error == error_code::voter_not_found);
  CHECK((**l.remove({two, own_directory})).error == error_code::voter_not_found);
  CHECK((**l.add(entry_of(two))).error == error_code::duplicate_voter);
  SUBCASE("a follower's they are not") {
    l.m.begin(9, two);
    CHECK((**l.add(entry_of(fourth))).error == error_code::not_leader_or_follower);
    CHECK((**l.remove(key_of(two))).error == error_code::not_leader_or_follower);
    CHECK(l.update(entry_of(two), 9) == error_code::not_leader_or_follower);
    CHECK(l.m.voter->upgrade(1, false).code() == error_code::not_controller);
  }
  SUBCASE("a closed member answers nobody") {
    l.m.event([&] { l.m.voter->close([] {}); });
    CHECK_FALSE(*l.add(entry_of(fourth)));
    CHECK_FALSE(*l.remove(key_of(two)));
    CHECK(l.update(entry_of(two)) == error_code::unknown_server_error);
    CHECK_FALSE(l.m.ask<versions_response>(versions_request{}));
    return;
  }
  CHECK(l.m.ask<versions_response>(versions_request{})->kraft == own_kraft_versions);
}

TEST_CASE("voter 0 is added and removed as any other") {
  changing_leader l;
  l.commit();
  const auto zero = node_id(0);
  l.fetch(zero);
  const auto added = l.add(entry_of(zero));
  l.says(l.can(1, 1));
  CHECK(l.voters() == 4);
  l.commit();
  CHECK((*added)->error == error_code::none);
  const auto removed = l.remove(key_of(zero));
  CHECK(l.voters() == 3);
  CHECK_FALSE(*removed);
  l.commit();
  CHECK((*removed)->error == error_code::none);
}

TEST_CASE("a removal that is not committed in time is answered so, and counts all the same") {
  changing_leader l;
  l.commit();
  const auto said = l.remove(key_of(three));
  l.m.pass(millis(2000));
  REQUIRE(*said);
  CHECK((*said)->error == error_code::request_timed_out);
  CHECK(l.voters() == 2);
  CHECK((**l.add(entry_of(three))).error == error_code::request_timed_out);  // before that is committed
}

TEST_CASE("a leader that is not among the voters any more resigns when that is committed") {
  changing_leader l;
  l.commit();
  const auto said = l.remove(key_of(self));
  CHECK(l.m.voter->leading());
  l.fetch(two);
  CHECK(l.m.voter->leading());
  l.fetch(three);
  CHECK_FALSE(l.m.voter->leading());
  CHECK((*said)->error == error_code::none);
  CHECK(l.m.others.ends.size() == 2);
}

TEST_CASE("an update says where a voter is reached, and what it can do; it has to make sense") {
  changing_leader l;
  l.commit();
  auto moved = entry_of(two);
  moved.port = 4711;
  CHECK(l.update(moved, 0) == error_code::fenced_leader_epoch);
  CHECK(l.update(moved, 2) == error_code::unknown_leader_epoch);
  const auto with_range = [&](std::int16_t least, std::int16_t most) {
    auto one = moved;
    one.kraft_versions = {least, most};
    return l.update(one);
  };
  CHECK(with_range(-1, 1) == error_code::invalid_request);
  CHECK(with_range(1, 0) == error_code::invalid_request);
  CHECK(with_range(0, 0) == error_code::invalid_request);  // kraft.version is 1
  CHECK(l.update(entry_of(fourth)) == error_code::voter_not_found);
  CHECK(find_voter(l.m.voter->voters(), two)->port == 9093);
  CHECK(with_range(1, 1) == error_code::none);
  CHECK(find_voter(l.m.voter->voters(), two)->port == 4711);
  CHECK(l.update(moved) == error_code::request_timed_out);  // the last one is not committed
  l.commit();
  CHECK(l.update(moved) == error_code::none);
}

TEST_CASE("kraft.version is raised once each configured voter has said that it can do it") {
  changing_leader l(configured);
  const auto upgrade = [&](int to, bool only_ask = false) {
    result<void> how;
    l.m.event([&] { how = l.m.voter->upgrade(static_cast<std::int16_t>(to), only_ask); });
    return how ? error_code::none : how.code();
  };
  CHECK(upgrade(0) == error_code::none);
  CHECK(upgrade(-1) == error_code::invalid_update_version);
  CHECK(upgrade(2) == error_code::invalid_update_version);
  CHECK(upgrade(1) == error_code::request_timed_out);  // nothing of its epoch is committed
  l.commit();
  CHECK(upgrade(1) == error_code::invalid_update_version);
  auto unreachable = entry_of(three), old = entry_of(three);
  unreachable.listener = "";
  old.kraft_versions = {0, 0};
  CHECK(l.update(entry_of(two)) == error_code::none);
  for (const auto& said : {unreachable, old}) {
    CHECK(l.update(said) == error_code::none);
    CHECK(upgrade(1) == error_code::invalid_update_version);
  }
  CHECK(l.update(entry_of(three)) == error_code::none);
  CHECK(upgrade(1, true) == error_code::none);
  CHECK(l.m.voter->kraft_version() == 0);
  const auto parked = l.m.ask_for<fetch_response>(fetch_request{
      leader_epoch(1), {two}, l.m.voter->end(), leader_epoch(1), l.m.voter->high_watermark(), millis(500)});
  CHECK_FALSE(*parked);
  CHECK(upgrade(1) == error_code::none);
  CHECK(*parked);  // followers hear of it at once
  CHECK(l.m.voter->kraft_version() == 1);
  CHECK(upgrade(0) == error_code::invalid_update_version);
}

TEST_CASE("a configured voter tells each leader once how it is reached, until that one has taken it") {
  member m(self, configured);
  m.follow();
  m.pass(millis(1999));
  CHECK(m.others.updates.empty());
  CHECK(m.voter->deadline() == after(m.now.steady, millis(1)));
  m.give({});
  m.pass(millis(1));
  REQUIRE(m.others.updates.size() == 1);
  CHECK(m.others.updates[0].to == two);
  CHECK(m.others.updates[0].what.epoch == leader_epoch(2));
  CHECK(m.others.updates[0].what.updated.host == "localhost");
  const auto answer = [&](result<update_voter_response> how) {
    auto open = std::exchange(m.others.updates, {});
    REQUIRE(open.size() == 1);
    m.answer(open[0], std::move(how));
    m.give({});
    m.pass(millis(1000));
    m.give({});
    m.pass(millis(1000));
  };
  const known_leader leads{leader_epoch(2), two};
  answer(error(error_code::network_exception));
  answer(update_voter_response{error_code::request_timed_out, leads});
  answer(update_voter_response{error_code::none, leads});
  CHECK(m.others.updates.empty());
  m.follow(3, three);
  m.pass(millis(1000));
  m.give({}, 3, three);
  m.pass(millis(1000));
  REQUIRE(m.others.updates.size() == 1);
  CHECK(m.others.updates[0].to == three);
}

TEST_CASE("what a leader answers to a voter's address may be that it leads no more") {
  member m(self, configured);
  m.follow();
  m.give({});
  m.pass(millis(1999));
  m.give({});
  m.pass(millis(1));
  REQUIRE(m.others.updates.size() == 1);
  auto open = std::exchange(m.others.updates, {});
  m.answer(open[0], update_voter_response{error_code::not_leader_or_follower, {leader_epoch(4), three}});
  CHECK(m.voter->epoch() == leader_epoch(4));
  CHECK(m.voter->leader_id() == three);
}

TEST_CASE("an observer that joins by itself asks for its place, after whoever has its number (KIP-1186)") {
  const auto joins = [](quorum_options& how) {
    by_the_log(how);
    how.bootstrap = {node_id(-2)};
    how.voters = {};
    how.auto_join = true;
  };
  // The log of the others, which names the voters.
  changing_leader source;
  source.commit();
  const auto log = [&] {
    fetch_request all{leader_epoch(1), {fourth}, offset(0), leader_epoch(0), offset(-1), millis(0)};
    return source.m.ask<fetch_response>(all)->records;
  };
  for (const auto who : {fourth, two}) {
    CAPTURE(who.value);
    member m(who, joins);
    m.follow(1, three);
    m.give({.records = log()}, 1, three);
    REQUIRE(m.voter->voters().size() == 3);
    CHECK_FALSE(m.voter->votes());
    m.pass(millis(1000));
    m.give({}, 1, three);
    m.pass(millis(1000));
    CHECK(m.others.additions.size() == (who == fourth ? 1 : 0));
    CHECK(m.others.removals.size() == (who == two ? 1 : 0));
    if (who == fourth) {
      CHECK(m.others.additions[0].to == three);
      CHECK(m.others.additions[0].what.added.key() == replica_key{fourth, own_directory});
      CHECK_FALSE(m.others.additions[0].what.ack_when_committed);
    } else {
      CHECK(m.others.removals[0].what.removed == key_of(two));
    }
    m.give({}, 1, three);
    m.pass(millis(1999));
    m.give({}, 1, three);
    CHECK(m.others.additions.size() + m.others.removals.size() == 1);  // not again before the time is over
    m.pass(millis(1));
    CHECK(m.others.additions.size() + m.others.removals.size() == 2);
  }
}

TEST_CASE("a voter that says late what it can do is added all the same, where time was not told to be over") {
  changing_leader l([](quorum_options& how) {
    by_the_log(how);
    how.voters = {entry_of(self), entry_of(two)};
  });
  l.fetch(two);
  REQUIRE(l.m.voter->high_watermark() == l.m.voter->end());
  l.m.append();
  l.fetch(fourth);
  const auto said = l.add(entry_of(fourth));
  l.m.now.steady += millis(2500);  // the process stood still: what came meanwhile is heard first
  l.says(l.can(0, 1));             // and with it the high watermark moves: two of three have more than before
  CHECK(l.voters() == 3);
  CHECK_FALSE(*said);
  l.fetch(two);
  REQUIRE(*said);
  CHECK((*said)->error == error_code::none);
}
