// Hard part 10, and what a group's member owes to the others: callbacks that never overlap, and leaving when the loop has stopped.
#include "group_script.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::client;

namespace {

using kind = rebalance_event::kind;

}  // namespace

TEST_CASE("a callback comes only after the one before it has returned, and the join after that") {
  group_script f;
  CHECK(f.events() == std::vector{kind::assigned});
  f.beat = error_code::rebalance_in_progress;
  f.cluster.pass(10 * second);
  CHECK(f.events() == std::vector{kind::assigned});  // still with the application
  f.callback_done();
  CHECK(f.events() == std::vector{kind::assigned, kind::revoked});
  f.cluster.pass(10 * second);
  CHECK(f.joins() == 1);
  f.beat = error_code::none;
  f.callback_done();
  CHECK(f.joins() == 2);
  CHECK(f.events() == std::vector{kind::assigned, kind::revoked, kind::assigned});
}

TEST_CASE("a change of the assignment counts when the application is told of it, and is as old as that") {
  group_script f;
  const auto measured = [&] { return *f.cluster.core.measure(f.cluster.now).consumer; };
  CHECK(measured().in_group);
  CHECK(measured().rebalances == 1);
  CHECK(measured().since_rebalance == duration::zero());
  f.callback_done();
  f.cluster.pass(2 * second);
  CHECK(measured().rebalances == 1);
  CHECK(measured().since_rebalance == 2 * second);
  f.reassign();
  CHECK(measured().rebalances == 3);
  CHECK(measured().since_rebalance < 2 * second);
}

TEST_CASE("who does not poll leaves, and joins again only when the application has heard of its loss") {
  group_script f;
  f.callback_done();
  f.sink.waiting = f.cluster.now.steady;
  f.cluster.pass(301 * second);
  CHECK(f.cluster.asked(wire::leave_group_request::api) == 1);
  CHECK(f.events() == std::vector{kind::assigned, kind::lost});
  f.cluster.pass(600 * second);
  CHECK(f.joins() == 1);
  f.sink.waiting = never;
  f.callback_done();
  CHECK(f.joins() == 2);
}

TEST_CASE("who does not poll for the news of its partitions leaves, and hears of the loss after that") {
  group_script f;
  f.sink.waiting = f.cluster.now.steady;
  f.cluster.pass(301 * second);
  CHECK(f.cluster.asked(wire::leave_group_request::api) == 1);
  CHECK(f.events() == std::vector{kind::assigned});
  f.sink.waiting = never;
  f.callback_done();
  CHECK(f.events() == std::vector{kind::assigned, kind::lost});
}

TEST_CASE(
    "a subscribed topic that may not be read, or cannot be, is told once; one that is not there yet is "
    "waited for") {
  for (const auto code : {error_code::topic_authorization_failed, error_code::invalid_topic_exception,
                          error_code::unknown_topic_or_partition}) {
    group_script f;
    f.callback_done();
    f.cluster.topic_error = code;
    f.cluster.core.subscribe({.topics = {"a", "b"}}, f.cluster.now, f.cluster.out);
    f.cluster.topics["b"] = 1;
    f.cluster.pass(60 * second);
    const auto of_b = std::ranges::count_if(
        f.sink.failures, [](const error& why) { return why.message.find("\"b\"") != std::string::npos; });
    CHECK(of_b == (code == error_code::unknown_topic_or_partition ? 0 : 1));
  }
}

TEST_CASE("a SyncGroup that nobody answers costs the request timeout, not the time between polls") {
  group_script f;
  f.cluster.hold<wire::sync_group_request>();
  const int joined = f.joins();
  f.beat = error_code::rebalance_in_progress;
  f.callback_done();  // assigned
  f.cluster.pass(4 * second);
  f.callback_done();  // revoked
  REQUIRE(f.joins() == joined + 1);
  f.cluster.pass(35 * second);
  CHECK(f.joins() == joined + 2);
}

TEST_CASE("one answer that is no answer costs a connection, not the membership") {
  group_script f;
  f.beat = error_code::rebalance_in_progress;
  f.callback_done();
  f.cluster.pass(4 * second);
  const int joined = f.joins();
  f.beat = error_code::none;
  f.cluster.spoil = [&](std::vector<std::byte>& body) {
    body.assign(1, std::byte{0});
    f.cluster.spoil = nullptr;
    return true;
  };
  f.callback_done();  // revoked, and joins
  f.cluster.pass(10 * second);
  CHECK(f.sink.failures.empty());
  CHECK(f.joins() > joined + 1);
  CHECK(f.events().back() == kind::assigned);
}

TEST_CASE("a coordinator that never knows the member is not asked in a hot loop") {
  group_script f;
  f.cluster.answer<wire::join_group_request>([](const auto&) {
    wire::join_group_response out;
    out.error_code = error_code::unknown_member_id;
    return out;
  });
  f.callback_done();
  f.beat = error_code::unknown_member_id;
  f.cluster.pass(4 * second);
  f.callback_done();
  f.cluster.pass(60 * second);
  CHECK(f.joins() > 30);
  CHECK(f.joins() < 200);
}

TEST_CASE("a coordinator that was silent for longer than the session is looked for once, and beaten again") {
  group_script f;
  f.callback_done();
  f.cluster.reachable = false;
  f.cluster.cut();
  f.cluster.pass(100 * second);  // the session is 45 s
  f.cluster.reachable = true;
  const int looked = f.cluster.asked(wire::find_coordinator_request::api);
  const int beats = f.cluster.asked(wire::heartbeat_request::api);
  f.cluster.pass(10 * second);
  CHECK(f.cluster.asked(wire::heartbeat_request::api) - beats >= 2);
  CHECK(f.cluster.asked(wire::find_coordinator_request::api) - looked <= 2);
}

TEST_CASE(
    "what was committed is asked anew with each assignment: an answer for one that is over says nothing") {
  group_script f;
  f.callback_done();
  f.sink.starts.clear();
  f.cluster.hold<wire::offset_fetch_request>();
  f.reassign();
  f.reassign();
  f.answer_committed(5);
  CHECK(f.sink.starts.empty());
  f.answer_committed(7);
  CHECK(f.sink.starts == std::vector<std::int64_t>{7, 7});
}

// Only the member's and the coordinator's errors end a membership, or have it join again.
TEST_CASE("a commit that is refused for its partition or its offset is the commit's failure alone") {
  for (const auto code : {error_code::offset_metadata_too_large, error_code::topic_authorization_failed,
                          error_code::invalid_commit_offset_size, error_code::unknown_server_error}) {
    group_script f;
    f.callback_done();
    CHECK(f.commit(code) == code);
    f.cluster.pass(10 * second);
    CHECK(f.sink.failures.empty());
    CHECK(f.events() == std::vector{kind::assigned});
    CHECK(f.joins() == 1);
    CHECK(f.fetches().size() == 1);
  }
}

TEST_CASE("a commit that is refused since the member is not of the group any more has it join again") {
  for (const auto code : {error_code::illegal_generation, error_code::unknown_member_id}) {
    group_script f;
    f.callback_done();
    CHECK(f.commit(code) == code);
    CHECK(f.events() == std::vector{kind::assigned, kind::lost});
    f.callback_done();
    f.cluster.pass(second);
    CHECK(f.joins() == 2);
  }
}

TEST_CASE("a member that failed owns nothing, and the application hears of the loss in its turn") {
  group_script f;
  f.beat = error_code::group_authorization_failed;
  f.cluster.pass(4 * second);
  REQUIRE(f.sink.failures.size() == 1);
  CHECK(f.sink.failures[0].code == error_code::group_authorization_failed);
  CHECK(f.sink.gone == std::vector{a0, a1});
  CHECK(f.events() == std::vector{kind::assigned});  // still with the application
  f.callback_done();
  CHECK(f.events() == std::vector{kind::assigned, kind::lost});
  f.callback_done();
  f.cluster.pass(60 * second);
  CHECK(f.joins() == 1);
  CHECK(f.sink.failures.size() == 1);
}

TEST_CASE("a member that fails while it gives up partitions does not join when that is done") {
  group_script f;
  f.callback_done();
  f.beat = error_code::rebalance_in_progress;
  f.cluster.pass(4 * second);
  REQUIRE(f.events() == std::vector{kind::assigned, kind::revoked});
  f.beat = error_code::group_authorization_failed;
  f.cluster.pass(4 * second);
  CHECK(f.sink.failures.size() == 1);
  f.callback_done();
  CHECK(f.events() == std::vector{kind::assigned, kind::revoked, kind::lost});
  f.callback_done();
  f.cluster.pass(60 * second);
  CHECK(f.joins() == 1);
}
