// Rounds of the classic protocol: joining, syncing, sessions, static members.
#include <algorithm>

#include <doctest/doctest.h>

#include "group_fixture.hpp"

using namespace klamm;
using namespace klamm::broker::group;
using namespace klamm::broker::group::test;
using std::chrono::seconds;

TEST_CASE("a new member is told its id first, and owns the group after one round") {
  group_fixture f;
  const auto first = f.join({});
  REQUIRE(first->has_value());
  CHECK((*first)->error == error_code::member_id_required);
  const auto id = (*first)->member;
  CHECK(id.starts_with("client-"));

  const auto joined = f.join({.member = id});
  REQUIRE(joined->has_value());
  CHECK((*joined)->error == error_code::none);
  CHECK((*joined)->generation == generation_id(1));
  CHECK((*joined)->leader == id);
  CHECK((*joined)->members == std::vector{id});

  const auto synced = f.sync(id, generation_id(1), {{id, "all"}});
  CHECK_MESSAGE(!synced->has_value(), "answered before the assignment is committed");
  f.commit_log();
  REQUIRE(synced->has_value());
  CHECK((*synced)->assignment == "all");
  CHECK(f.state() == "Stable");
}

TEST_CASE("before version 4 a member joins without being told its id first") {
  group_fixture f;
  const auto joined = f.join({.version = 3});
  REQUIRE(joined->has_value());
  CHECK((*joined)->error == error_code::none);
}

TEST_CASE("a member whose client has the longest of names has an id that a record can hold") {
  group_fixture f;
  const std::string longest(32'767, 'x');
  const auto id = (*f.join({.instance = longest}))->member;
  CHECK(id.size() == longest.size());
  f.sync(id, generation_id(1), {{id, "all"}}, longest);
  f.commit_log();
  f.restart();
  CHECK(f.heartbeat(id, generation_id(1), longest) == error_code::none);
}

TEST_CASE("an id that was given out and never came back does not hold the group up for ever") {
  group_fixture f;
  f.join({.session_ms = 6'000});  // asks for an id and is never seen again
  const auto joined = f.join_new();
  CHECK(!joined->has_value());
  f.pass(seconds(6));
  REQUIRE(joined->has_value());
  CHECK((*joined)->members.size() == 1);
}

TEST_CASE(
    "names are looked up, not searched: who shares none of very many is refused, who shares them is "
    "matched") {
  // 4 * 10^5 names to be compared with as many others, one by one, would go on for minutes.
  constexpr int count = 400'000;
  const auto names = [](std::string_view prefix) {
    std::vector<std::pair<std::string, std::string>> all;
    for (int i = 0; i < count; ++i) all.emplace_back(std::string(prefix) + std::to_string(i), "m");
    return all;
  };
  group_fixture f;
  const auto first = f.join({.protocols = names("a"), .version = 3});
  const auto stranger = f.join({.protocols = names("b"), .version = 3});
  REQUIRE(stranger->has_value());
  CHECK((*stranger)->error == error_code::inconsistent_group_protocol);

  auto backwards = names("a");
  std::ranges::reverse(backwards);
  const auto second = f.join({.protocols = backwards, .version = 3});
  const auto again = f.join({.member = (*first)->member, .protocols = {{"a7", "m"}}, .version = 3});
  REQUIRE(second->has_value());
  CHECK((*second)->protocol == "a7");
}

TEST_CASE("what a member was able to do counts no more when it says otherwise, and when it has left") {
  group_fixture f;
  const auto first = f.stable_group(1)[0];  // range and sticky
  const auto only = [](std::string name) {
    return member_spec{.protocols = {{name, "m"}, {name, "twice"}}, .version = 3};
  };
  CHECK((*f.join(only("other")))->error == error_code::inconsistent_group_protocol);
  const auto second = f.join(only("sticky"));
  CHECK(!second->has_value());
  CHECK((*f.join(only("range")))->error == error_code::inconsistent_group_protocol);
  f.join({.member = first, .protocols = {{"sticky", "s"}}});
  REQUIRE(second->has_value());
  CHECK((*second)->protocol == "sticky");
  CHECK(f.leave((*second)->member) == error_code::none);
  CHECK((*f.join(only("range")))->error == error_code::inconsistent_group_protocol);
  CHECK(f.leave(first) == error_code::none);
  CHECK((*f.join(only("range")))->error == error_code::none);
}

TEST_CASE("a second member starts a round that the first learns of by its heartbeat") {
  group_fixture f;
  const auto first = f.stable_group(1)[0];
  const auto second = f.join_new();
  CHECK(!second->has_value());
  CHECK(f.state() == "PreparingRebalance");
  CHECK(f.heartbeat(first, generation_id(1)) == error_code::rebalance_in_progress);

  const auto again = f.join({.member = first});
  REQUIRE(again->has_value());
  REQUIRE(second->has_value());
  CHECK((*again)->generation == generation_id(2));
  CHECK((*again)->members.size() == 2);
  CHECK_MESSAGE((*second)->members.empty(), "only the leader is told who the members are");
  CHECK((*second)->leader == first);
}

TEST_CASE("who does not rejoin within the rebalance timeout is out") {
  group_fixture f;
  const auto first = f.stable_group(1)[0];
  const auto second = f.join_new({.session_ms = 100'000, .rebalance_ms = 5'000});
  f.pass(seconds(4));
  CHECK(f.heartbeat(first, generation_id(1)) == error_code::rebalance_in_progress);
  for (int i = 0; i < 14; ++i) {
    f.pass(seconds(4));
    f.heartbeat(first, generation_id(1));
  }
  REQUIRE(second->has_value());
  CHECK((*second)->members == std::vector{(*second)->member});
  CHECK(f.heartbeat(first, generation_id(2)) == error_code::unknown_member_id);
}

TEST_CASE("who joins but does not sync is out") {
  group_fixture f;
  const auto ids = f.stable_group(2);
  auto leader = f.join({.member = ids[0], .session_ms = 1'800'000});
  auto follower = f.join({.member = ids[1], .session_ms = 1'800'000});
  REQUIRE(leader->has_value());
  const auto generation = (*leader)->generation;
  const auto synced = f.sync(ids[0], generation, {{ids[0], "x"}});
  f.commit_log();
  CHECK(synced->has_value());
  f.pass(seconds(60));
  CHECK(f.state() == "PreparingRebalance");
  CHECK(f.heartbeat(ids[1], generation) == error_code::unknown_member_id);
}

TEST_CASE("a follower that rejoins unchanged gets the same generation; a leader starts a round") {
  group_fixture f;
  const auto ids = f.stable_group(2);
  const auto follower = f.join({.member = ids[1]});
  REQUIRE(follower->has_value());
  CHECK((*follower)->generation == generation_id(1));
  CHECK(f.state() == "Stable");

  const auto leader = f.join({.member = ids[0]});
  CHECK(!leader->has_value());
  CHECK(f.state() == "PreparingRebalance");
}

TEST_CASE("a follower that rejoins with other protocols starts a round") {
  group_fixture f;
  const auto ids = f.stable_group(2);
  f.join({.member = ids[1], .protocols = {{"range", "other topics"}}});
  CHECK(f.state() == "PreparingRebalance");
}

TEST_CASE("syncs that wait are told when a round starts over") {
  group_fixture f;
  const auto ids = f.stable_group(2);
  f.join({.member = ids[0]});
  const auto joined = f.join({.member = ids[1]});
  REQUIRE(joined->has_value());
  const auto waiting = f.sync(ids[1], (*joined)->generation);
  CHECK(!waiting->has_value());
  f.join_new();
  REQUIRE(waiting->has_value());
  CHECK((*waiting)->error == error_code::rebalance_in_progress);
}

TEST_CASE("an assignment that cannot be written fails the syncs and starts over") {
  group_fixture f;
  const auto joined = f.join_new();
  f.partition.refuses = error_code::not_enough_replicas;
  const auto synced = f.sync((*joined)->member, generation_id(1), {{(*joined)->member, "x"}});
  REQUIRE(synced->has_value());
  CHECK((*synced)->error == error_code::coordinator_not_available);
  CHECK(f.state() == "PreparingRebalance");
}

TEST_CASE("the protocol that most members prefer, and all have, wins") {
  group_fixture f;
  std::vector<std::shared_ptr<std::optional<joined>>> answers;
  const std::vector<std::vector<std::pair<std::string, std::string>>> tastes = {
      {{"a", ""}, {"b", ""}}, {{"b", ""}, {"a", ""}}, {{"c", ""}, {"b", ""}, {"a", ""}}};
  std::vector<std::string> ids;
  for (const auto& taste : tastes) ids.push_back((*f.join({.protocols = taste}))->member);
  for (std::size_t i = 0; i < ids.size(); ++i)
    answers.push_back(f.join({.member = ids[i], .protocols = tastes[i]}));
  REQUIRE(answers[0]->has_value());
  CHECK((*answers[0])->protocol == "b");
}

TEST_CASE("a member that shares no protocol, or has another type, is refused") {
  group_fixture f;
  f.stable_group(1);
  CHECK((*f.join({.protocols = {{"mine", ""}}}))->error == error_code::inconsistent_group_protocol);
  CHECK((*f.join({.protocol_type = "connect"}))->error == error_code::inconsistent_group_protocol);
  CHECK((*f.join({.protocols = {}}))->error == error_code::inconsistent_group_protocol);
}

TEST_CASE("a session timeout outside the broker's limits is refused") {
  group_fixture f;
  CHECK((*f.join({.session_ms = 5'999}))->error == error_code::invalid_session_timeout);
  CHECK((*f.join({.session_ms = 1'800'001}))->error == error_code::invalid_session_timeout);
}

TEST_CASE("a member that says more of itself than the group's record could hold is refused") {
  group_options options;
  options.limits.max_protocols_bytes = 20;
  group_fixture f(options);
  CHECK((*f.join({.protocols = {{"range", "123456"}, {"sticky", "1234"}}}))->error ==
        error_code::message_too_large);
  CHECK((*f.join({.protocols = {{"range", "12345"}, {"sticky", "1234"}}}))->error ==
        error_code::member_id_required);
}

TEST_CASE("a full group takes no more members") {
  group_options options;
  options.limits.max_size = 2;
  group_fixture f(options);
  f.stable_group(2);
  CHECK((*f.join({}))->error == error_code::group_max_size_reached);
}

TEST_CASE("a silent member is out after its session timeout, and not before") {
  group_fixture f;
  const auto ids = f.stable_group(2);
  f.pass(seconds(9));
  CHECK(f.heartbeat(ids[0], generation_id(1)) == error_code::none);
  CHECK(f.state() == "Stable");
  f.pass(seconds(1));
  CHECK(f.heartbeat(ids[0], generation_id(1)) == error_code::rebalance_in_progress);
  CHECK(f.heartbeat(ids[1], generation_id(1)) == error_code::unknown_member_id);
}

TEST_CASE("a heartbeat of another generation, or of nobody, says so") {
  group_fixture f;
  const auto id = f.stable_group(1)[0];
  CHECK(f.heartbeat(id, generation_id(2)) == error_code::illegal_generation);
  CHECK(f.heartbeat("stranger", generation_id(1)) == error_code::unknown_member_id);
  CHECK(f.heartbeat(id, generation_id(1), "no such instance") == error_code::unknown_member_id);
}

TEST_CASE("when the last member leaves the group is empty, with its next generation in the log") {
  group_fixture f;
  const auto id = f.stable_group(1)[0];
  CHECK(f.leave(id) == error_code::none);
  CHECK(f.state() == "Empty");
  CHECK(f.leave(id) == error_code::unknown_member_id);
  f.restart();
  CHECK(f.state() == "Empty");
  const auto joined = f.join_new();
  CHECK((*joined)->generation == generation_id(3));
}

TEST_CASE("the first round waits for members that start together, and each one prolongs it") {
  group_options options;
  options.limits.initial_rebalance_delay = millis(3'000);
  group_fixture f(options);
  const auto first = f.join_new();
  f.pass(seconds(2));
  const auto second = f.join_new();
  f.pass(seconds(2));
  CHECK_MESSAGE(!first->has_value(), "the second member prolongs the wait");
  f.pass(seconds(2));
  REQUIRE(first->has_value());
  CHECK((*first)->generation == generation_id(1));
  REQUIRE(second->has_value());
  CHECK((*second)->generation == generation_id(1));
}

TEST_CASE("a static member that restarts takes its place back without a round") {
  group_fixture f;
  const auto a = f.join({.instance = "a"});
  REQUIRE(a->has_value());
  const auto old_id = (*a)->member;
  f.sync(old_id, generation_id(1), {{old_id, "mine"}}, "a");
  f.commit_log();

  const auto back = f.join({.instance = "a"});
  REQUIRE(back->has_value());
  CHECK((*back)->error == error_code::none);
  CHECK((*back)->generation == generation_id(1));
  CHECK((*back)->member != old_id);
  CHECK_MESSAGE((*back)->skip_assignment, "a leader that comes back must not assign anew (KIP-814)");
  CHECK(f.state() == "Stable");
  const auto synced = f.sync((*back)->member, generation_id(1), {}, "a");
  REQUIRE(synced->has_value());
  CHECK((*synced)->assignment == "mine");
  CHECK(f.heartbeat(old_id, generation_id(1), "a") == error_code::fenced_instance_id);
}

TEST_CASE("the new id of a static member survives a change of coordinator") {
  group_fixture f;
  const auto old_id = (*f.join({.instance = "a"}))->member;
  f.sync(old_id, generation_id(1), {{old_id, "mine"}}, "a");
  f.commit_log();
  const auto new_id = (*f.join({.instance = "a"}))->member;
  f.commit_log();
  f.restart();
  CHECK(f.heartbeat(new_id, generation_id(1), "a") == error_code::none);
  CHECK(f.heartbeat(old_id, generation_id(1), "a") == error_code::fenced_instance_id);
}

TEST_CASE("a static leader of an older client is told that its old self leads") {
  group_fixture f;
  const auto old_id = (*f.join({.instance = "a", .version = 8}))->member;
  f.sync(old_id, generation_id(1), {{old_id, "mine"}}, "a");
  f.commit_log();
  const auto back = f.join({.instance = "a", .version = 8});
  CHECK((*back)->leader == old_id);
  CHECK(!(*back)->skip_assignment);
  CHECK((*back)->members.empty());
}

TEST_CASE("a second process with the same instance id fences the first where it waits") {
  group_fixture f;
  f.stable_group(1);
  const auto waiting = f.join({.instance = "a"});  // waits for the member that is there
  CHECK(!waiting->has_value());
  f.join({.instance = "a"});
  REQUIRE(waiting->has_value());
  CHECK((*waiting)->error == error_code::fenced_instance_id);
}

TEST_CASE("a static member leaves by its instance id") {
  group_fixture f;
  const auto id = (*f.join({.instance = "a"}))->member;
  CHECK(f.leave("", "b") == error_code::unknown_member_id);
  CHECK(f.leave("another id", "a") == error_code::fenced_instance_id);
  CHECK(f.leave("", "a") == error_code::none);
  CHECK(f.state() == "Empty");
}

TEST_CASE("a static member keeps its place over a round that it misses, until its session ends") {
  group_fixture f;
  const auto id = (*f.join({.instance = "a", .session_ms = 30'000, .rebalance_ms = 10'000}))->member;
  f.sync(id, generation_id(1), {{id, "x"}}, "a");
  f.commit_log();
  const auto other = f.join_new({.rebalance_ms = 10'000});
  f.pass(seconds(10));
  REQUIRE(other->has_value());
  CHECK((*other)->members.size() == 2);
}
