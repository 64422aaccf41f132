// One member of three that leads: what it serves from, to whom, and when it writes a snapshot.
#include "scripted_member.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

namespace {

member::configure alone(std::uint64_t snapshot_after) {
  return [snapshot_after](quorum_options& how) {
    how.voters.resize(1);
    how.snapshot_after_bytes = snapshot_after;
  };
}
std::size_t files_with(member& m, const std::string& part) {
  std::size_t found = 0;
  for (const auto& path : m.disk.below().files()) found += path.find(part) != std::string::npos ? 1 : 0;
  return found;
}
/// In another life, whose log is on the disk only.
void lead_again(member& m) {
  m.live_again();
  m.pass(millis(2001));  // it resigned, as it led before
  m.lead();
}

}  // namespace

TEST_CASE("whose log may part from ours below the snapshot is given the snapshot") {
  member m(self, [](quorum_options& how) { how.snapshot_after_bytes = 1; });
  m.lead();
  m.ask<fetch_response>(fetch_from(1, 1, offset(0)));
  REQUIRE(m.voter->start() == offset(1));
  m.disk.fail({"write", ".part"});
  m.append();  // offset 1
  const snapshot_id newest{offset(1), leader_epoch(1)};
  struct row {
    std::string_view what;
    std::int64_t from;
    int last;
    bool snapshot, diverging;
  };
  const row rows[] = {
      {"it goes on behind the snapshot", 1, 1, false, false},
      {"it ends there, in an earlier epoch", 1, 0, true, false},
      {"it ends there, in a later epoch", 1, 9, true, false},
      {"it has nothing", 0, 0, true, false},
      {"it ends behind it, in an earlier epoch", 2, 0, true, false},
      {"it is longer", 3, 1, false, true},
      {"it is as long", 2, 1, false, false},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    const auto said = m.ask<fetch_response>(fetch_from(r.from, r.last, offset(0), millis(0)));
    REQUIRE(said);
    CHECK(said->error == error_code::none);
    CHECK(said->snapshot == (r.snapshot ? std::optional(newest) : std::nullopt));
    CHECK(said->diverging.has_value() == r.diverging);
  }
}

TEST_CASE("a replica whose last epoch had no leader here is told where the one before it ends") {
  member m;
  m.lead();
  m.append();
  lead_again(m);
  REQUIRE(m.voter->epoch() == leader_epoch(3));
  auto request = fetch_from(1, 2, offset(0));
  request.epoch = leader_epoch(3);
  CHECK(m.ask<fetch_response>(request)->diverging == log::epoch_end{leader_epoch(1), offset(2)});
}

TEST_CASE("a fetch that waits is answered when the high watermark moves, by whomever it does") {
  member m;
  m.lead();
  m.ask<fetch_response>(fetch_from(1, 1, offset(0)));
  m.disk.hold({"sync", ".log"});
  m.append();
  const auto said = m.ask_for<fetch_response>(fetch_from(2, 1, offset(1)));
  CHECK_FALSE(*said);  // the replica has it, the leader's own disk does not yet
  CHECK(m.voter->high_watermark() == offset(1));
  m.disk.behave();
  m.settle();
  REQUIRE(*said);
  CHECK((*said)->high_watermark == offset(2));
  CHECK((*said)->records.size() == 0);
}

TEST_CASE("what a leader cannot read it says so, and what it read when its epoch was over it keeps") {
  member m;
  m.lead();
  m.append();
  lead_again(m);
  auto request = fetch_from(0, 0, offset(0));
  request.epoch = m.voter->epoch();
  SUBCASE("the disk fails") {
    m.disk.fail({"read", ".log"});
    const auto said = m.ask<fetch_response>(request);
    REQUIRE(said);
    CHECK(said->error != error_code::none);
    CHECK(said->error != error_code::not_leader_or_follower);
    CHECK(said->records.size() == 0);
  }
  SUBCASE("another one leads when the disk has answered") {
    m.disk.hold({"read", ".log"});
    const auto said = m.ask_for<fetch_response>(request);
    CHECK_FALSE(*said);
    m.begin(9, three);
    m.disk.behave();
    m.settle();
    REQUIRE(*said);
    CHECK((*said)->error == error_code::fenced_leader_epoch);
    CHECK((*said)->leader.node == three);
    CHECK((*said)->records.size() == 0);
  }
}

TEST_CASE("a snapshot that is gone from the disk is not found") {
  member m;
  m.lead();
  m.disk.below().erase(log_directory + "/" + checkpoint_name({}));
  const auto said = m.ask<snapshot_response>(snapshot_request{leader_epoch(1), {two}, {}, 0});
  REQUIRE(said);
  CHECK(said->error == error_code::snapshot_not_found);
}

TEST_CASE("a snapshot follows as many bytes as are configured, and not one less") {
  member first(self, alone(UINT64_MAX));
  const auto size = first.disk.below().content(log_directory + "/00000000000000000000.log")->size();
  REQUIRE(first.voter->high_watermark() == offset(1));
  const auto made = [](std::uint64_t after) {
    member m(self, alone(after));
    CHECK(files_with(m, ".checkpoint") == 1);
    return m.snapshots_made;
  };
  CHECK(made(size + 1) == 0);
  CHECK(made(size) == 1);
}

TEST_CASE(
    "what a leader appends is delivered at its offset once it is committed, and that it leads is said once") {
  member m;
  m.lead();
  m.ask<fetch_response>(fetch_from(1, 1, offset(0)));
  m.append("a");
  m.ask<fetch_response>(fetch_from(2, 1, offset(1)));
  REQUIRE(m.committed.size() == 1);
  CHECK(m.committed[0].first == 1);
  CHECK(m.committed[0].second == "a");
  CHECK(m.led == std::vector{1});
}

TEST_CASE("another process under the leader's number is not the leader's disk") {
  member m;
  m.lead();
  m.disk.hold({"sync", ".log"});
  m.append();
  const auto end = m.voter->end();
  const auto fetch = [&](const replica_key& by) {
    const fetch_request asked{leader_epoch(1), by, end, leader_epoch(1), offset(-1), millis(0)};
    return m.ask<fetch_response>(asked)->error;
  };
  CHECK(fetch({two, {}}) == error_code::none);
  const auto before = m.voter->high_watermark();
  CHECK(fetch({self, uuid{{77}}}) == error_code::invalid_request);
  CHECK(m.voter->high_watermark() == before);
  const snapshot_request asked{leader_epoch(1), {self, uuid{{77}}}, {}, 0};
  CHECK(m.ask<snapshot_response>(asked)->error == error_code::invalid_request);
}

TEST_CASE("a fetch that would wait for weeks waits as long as a leader is believed in") {
  member m;
  m.lead();
  auto asked = fetch_from(1, 1, offset(0));
  m.ask<fetch_response>(asked);
  asked = fetch_from(m.voter->end().value, 1, m.voter->high_watermark(), millis(INT32_MAX));
  const auto said = m.ask_for<fetch_response>(asked);
  CHECK_FALSE(*said);
  m.pass(millis(2000));
  CHECK(*said);
}
