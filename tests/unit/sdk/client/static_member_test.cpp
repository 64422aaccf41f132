// A static member of a classic group (KIP-345): it says which instance it is, and keeps its place while it is away.
#include <doctest/doctest.h>

#include "group_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

using kind = rebalance_event::kind;

int leaves(const group_script& f) { return f.cluster.asked(wire::leave_group_request::api); }

}  // namespace

TEST_CASE("every request of a static member names its instance, and none of another member does") {
  for (const auto& [instance, said] : {std::pair(std::optional<std::string>("i1"), "i1"), {{}, ""}}) {
    group_script f(instance);
    f.callback_done();
    f.cluster.pass(4 * second);
    f.commit(error_code::none);
    const std::map<wire::api_key, std::string> each{{wire::join_group_request::api, said},
                                                    {wire::sync_group_request::api, said},
                                                    {wire::heartbeat_request::api, said},
                                                    {wire::offset_commit_request::api, said}};
    CHECK(f.instances == each);
  }
}

TEST_CASE("a static member that closes does not leave: its partitions wait for it") {
  for (const auto& [instance, left] : {std::pair(std::optional<std::string>("i1"), 0), {{}, 1}}) {
    group_script f(instance);
    f.callback_done();
    std::optional<result<close_report>> closed;
    f.cluster.core.close(
        after(f.cluster.now.steady, second), [&](auto how) { closed = std::move(how); }, f.cluster.now,
        f.cluster.out);
    f.cluster.settle();
    CHECK(closed);
    CHECK(leaves(f) == left);
  }
}

TEST_CASE("a static member that does not poll is not in the group, and comes back under its member id") {
  group_script f("i1");
  f.callback_done();
  f.sink.waiting = f.cluster.now.steady;
  f.cluster.pass(301 * second);
  CHECK(f.events() == std::vector{kind::assigned, kind::lost});
  CHECK(leaves(f) == 0);
  f.sink.waiting = never;
  f.callback_done();
  CHECK(f.joins() == 2);
  CHECK(f.joined_as == "me");
}

TEST_CASE("who is fenced by another of its instance id says so, and does not take the place back") {
  group_script f("i1");
  f.callback_done();
  f.beat = error_code::fenced_instance_id;
  f.cluster.pass(60 * second);
  REQUIRE(f.sink.failures.size() == 1);
  CHECK(f.sink.failures[0].code == error_code::fenced_instance_id);
  CHECK(f.sink.failures[0].message.find("\"i1\"") != std::string::npos);
  CHECK(f.sink.out);
  CHECK(f.events().back() == kind::lost);
  f.callback_done();
  f.cluster.pass(60 * second);
  CHECK(f.joins() == 1);
}
