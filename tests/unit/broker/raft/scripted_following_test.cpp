// One member of three that follows: its disk, what is cut, and the leader's snapshots.
#include "scripted_member.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

namespace {

using committed = std::vector<std::pair<std::int64_t, std::string>>;
const snapshot_id far{offset(100), leader_epoch(2)};

/// Everything is written down as a snapshot as soon as it is committed.
member::configure snapshot_always() {
  return [](quorum_options& how) { how.snapshot_after_bytes = 1; };
}

std::vector<std::byte> far_snapshot() {
  const std::vector<record_value> records{{std::byte{'f'}}};
  return encode_checkpoint(far, {{}, records, timestamp(7)}).flatten();
}
/// Gives what the follower asks for of the snapshot, in two parts.
void give_snapshot(member& m) {
  m.give({.snapshot = far});
  const auto file = buffer_slice::own(far_snapshot());
  const std::size_t half = file.size() / 2;
  for (const auto& [from, size] : {std::pair{std::size_t{0}, half}, {half, file.size() - half}}) {
    auto open = std::exchange(m.others.snapshots, {});
    REQUIRE(open.size() == 1);
    CHECK(open[0].to == two);
    CHECK(open[0].what.id == far);
    CHECK(open[0].what.position == from);
    m.answer(open[0],
             snapshot_response{error_code::none, {leader_epoch(2), two}, file.size(), file.part(from, size)});
  }
  CHECK(m.others.snapshots.empty());
}

}  // namespace

TEST_CASE("a log that is being cut is left alone: no election, no fetch, until it is") {
  member m;
  m.follow();
  m.give({.records = batch_of(0)});
  m.give({.records = batch_of(2)});
  m.disk.hold({"truncate", ".log"});
  m.give({.diverging = log::epoch_end{leader_epoch(2), offset(2)}});
  REQUIRE(m.disk.waiting() > 0);
  const auto is_of_the_mark = [&] { return m.voter->deadline() == after(m.now.steady, millis(5000)); };
  CHECK(is_of_the_mark());
  m.pass(millis(5000));
  CHECK(is_of_the_mark());  // again: what is being cut holds it back
  CHECK(m.plays<follower>());
  m.begin(3, three);
  CHECK(m.voter->leader_id() == three);
  CHECK(m.others.fetches.empty());
  m.disk.behave();
  m.settle();
  REQUIRE(m.others.fetches.size() == 1);
  CHECK(m.others.fetches[0].to == three);
  CHECK(m.others.fetches[0].what.from == offset(2));
  m.pass(millis(2000));
  CHECK(m.plays<prospective>());
}

TEST_CASE("a log that cannot be cut ends the member") {
  member m;
  m.follow();
  m.give({.records = batch_of(0)});
  m.disk.fail({"truncate", ".log"});
  m.give({.diverging = log::epoch_end{leader_epoch(2), offset(0)}});
  CHECK(m.failed.size() == 1);
  CHECK(m.others.fetches.empty());
}

TEST_CASE("a fetch says what is synced, so it waits for the disk; and who stands meanwhile does not fetch") {
  member m;
  m.disk.hold({"sync", ".log"});
  m.follow();
  m.give({.records = batch_of(0)});
  CHECK(m.others.fetches.empty());
  SUBCASE("until it has synced") {}
  SUBCASE("and whoever leads then is asked") { m.begin(3, three); }
  SUBCASE("unless it has no leader any more") {
    m.pass(millis(2000));
    REQUIRE(m.plays<prospective>());
  }
  CHECK(m.others.fetches.empty());
  m.disk.behave();
  m.settle();
  if (m.plays<prospective>()) {
    CHECK(m.others.fetches.empty());
    return;
  }
  REQUIRE(m.others.fetches.size() == 1);
  CHECK(m.others.fetches[0].to == m.voter->leader_id());
  CHECK(m.others.fetches[0].what.from == offset(2));
}

TEST_CASE("an answer that names no leader brings nothing, and another one is asked a moment later") {
  member m;
  REQUIRE(m.others.fetches.size() == 1);  // who leads?
  auto open = std::exchange(m.others.fetches, {});
  m.answer(open[0], fetch_response{.leader = {leader_epoch(0), node_id()}, .records = batch_of(0)});
  CHECK(m.plays<unattached>());
  CHECK(m.voter->end() == offset(0));
  CHECK(m.others.fetches.empty());
  m.pass(millis(20));
  CHECK(m.others.fetches.size() == 1);
}

TEST_CASE("a member writes one snapshot at a time, and takes none of its leader's meanwhile") {
  member m(self, snapshot_always());
  m.follow();
  m.disk.hold({"rename", ".checkpoint"});
  m.give({.high_watermark = offset(2), .records = batch_of(0)});
  CHECK(m.snapshots_made == 1);
  m.give({.high_watermark = offset(4), .records = batch_of(2)});
  CHECK(m.snapshots_made == 1);
  m.give({.snapshot = far});
  CHECK(m.others.snapshots.empty());
  m.disk.behave();
  m.settle();
  CHECK(m.voter->start() == offset(2));
  m.pass(millis(20));
  m.give({.high_watermark = offset(6), .records = batch_of(4)});
  CHECK(m.snapshots_made == 2);
  CHECK(m.voter->start() == offset(6));
  CHECK(m.failed.empty());
}

TEST_CASE("a snapshot that cannot be written ends the member") {
  member m(self, snapshot_always());
  m.follow();
  m.disk.fail({"write", ".part"});
  m.give({.high_watermark = offset(2), .records = batch_of(0)});
  CHECK(m.failed.size() == 1);
  CHECK(m.voter->start() == offset(0));
}

TEST_CASE("a leader's snapshot is fetched in parts, takes the place of everything, and is fetched behind") {
  member m;
  m.follow();
  m.give({.records = batch_of(0)});
  give_snapshot(m);
  CHECK(m.voter->start() == offset(100));
  CHECK(m.voter->end() == offset(100));
  CHECK(m.voter->high_watermark() == offset(100));
  CHECK(m.committed == committed{{99, "f"}});
  REQUIRE(m.others.fetches.size() == 1);
  CHECK(m.others.fetches[0].what.from == offset(100));
  CHECK(m.others.fetches[0].what.last_epoch == leader_epoch(2));
  SUBCASE("once more, if the leader says so") { give_snapshot(m); }
  m.live_again();
  CHECK(m.failed.empty());
  CHECK(m.voter->end() == offset(100));
  CHECK(m.committed == committed{{99, "f"}});
}

TEST_CASE("a leader's snapshot that cannot be written, begun behind or read again ends the member") {
  for (const auto& [doing, path] :
       {std::pair{"write", ".part"}, {"open", "00000000000000000100.log"}, {"read", ".checkpoint"}}) {
    CAPTURE(doing);
    member m;
    m.follow();
    m.disk.fail({doing, path});
    give_snapshot(m);
    CHECK(m.failed.size() == 1);
    CHECK(m.others.fetches.empty());
    CHECK(m.voter->deadline() == never);
  }
}

TEST_CASE("a snapshot that the leader has no more is asked for no more") {
  member m;
  m.follow();
  m.give({.snapshot = far});
  auto open = std::exchange(m.others.snapshots, {});
  REQUIRE(open.size() == 1);
  m.answer(open[0],
           snapshot_response{.error = error_code::snapshot_not_found, .leader = {leader_epoch(2), two}});
  CHECK(m.others.snapshots.empty());
  m.pass(millis(20));
  REQUIRE(m.others.fetches.size() == 1);
  CHECK(m.others.fetches[0].what.from == offset(0));
}

TEST_CASE("a committed record that cannot be read from the disk ends the member") {
  member m;
  m.follow();
  m.give({.records = batch_of(0)});
  m.live_again();
  m.follow(3);
  m.disk.fail({"read", ".log"});
  m.give({.high_watermark = offset(2)}, 3);
  CHECK(m.failed.size() == 1);
}

TEST_CASE("a new leader says so once everything before its own epoch is delivered, and committed") {
  member m;
  m.follow();
  m.give({.records = batch_of(0)});
  m.live_again();
  m.follow(3);
  m.disk.hold({"read", ".log"});
  m.give({.high_watermark = offset(2)}, 3);
  CHECK(m.committed.empty());
  m.pass(millis(2000));
  m.grant(true);
  m.grant(false);
  REQUIRE(m.voter->leading());
  CHECK(m.led.empty());
  m.disk.behave();
  m.settle();
  CHECK(m.committed == committed{{0, "0"}, {1, "1"}});
  CHECK(m.led.empty());
  auto request = fetch_from(3, 4, offset(2));
  request.epoch = leader_epoch(4);
  m.ask<fetch_response>(request);
  CHECK(m.led == std::vector{4});
}

TEST_CASE("a snapshot that is written while the log is cut does not move its start: the next one does") {
  member m(self, snapshot_always());
  m.follow();
  m.disk.hold({"rename", ".checkpoint"});
  m.disk.hold({"truncate", ".log"});
  m.give({.high_watermark = offset(2), .records = batch_of(0)});
  m.give({.high_watermark = offset(2), .records = batch_of(2)});
  m.give({.diverging = log::epoch_end{leader_epoch(2), offset(2)}});
  REQUIRE(m.disk.waiting() >= 2);
  m.disk.let_pass({"rename", ".checkpoint"});
  m.settle();
  CHECK(m.failed.empty());
  m.disk.behave();
  m.settle();
  CHECK(m.failed.empty());
  CHECK(m.voter->end() == offset(2));
  m.give({.high_watermark = offset(4), .records = batch_of(2)});
  CHECK(m.voter->start() == offset(4));
  CHECK(m.snapshots_made == 2);
}

TEST_CASE("a damaged snapshot of the leader's costs a follower nothing, and is asked for again") {
  member m;
  m.follow();
  m.give({.records = batch_of(0)});
  m.give({.snapshot = far});
  const auto answer = [&](bool damaged) {
    auto bytes = far_snapshot();
    if (damaged) bytes[bytes.size() / 2] ^= std::byte{1};
    auto open = std::exchange(m.others.snapshots, {});
    REQUIRE(open.size() == 1);
    const auto size = bytes.size();
    m.answer(open[0],
             snapshot_response{
                 error_code::none, {leader_epoch(2), two}, size, buffer_slice::own(std::move(bytes))});
  };
  answer(true);
  CHECK(m.failed.empty());
  CHECK(m.voter->end() == offset(2));
  m.pass(millis(20));
  m.give({.snapshot = far});
  answer(false);
  CHECK(m.voter->start() == offset(100));
}

TEST_CASE("a damaged answer to a fetch, and one of a later epoch than its leader's, are asked for again") {
  member m;
  m.follow();
  auto bytes = batch_of(0, 2, 3).flatten();
  SUBCASE("damaged") {
    bytes = batch_of(0).flatten();
    bytes.back() ^= std::byte{1};
  }
  SUBCASE("of a later epoch (KAFKA-18723)") {}
  const auto refuse = [&] {
    m.give({.records = byte_chain(buffer_slice::copy(bytes))});
    CHECK(m.failed.empty());
    m.pass(millis(20));
  };
  const auto said = [&] { return m.said.count(log_level::warning, "what the leader 2 sent is not taken"); };
  refuse();
  refuse();
  CHECK(m.voter->end() == offset(0));
  CHECK(said() == 1);
  m.give({.records = batch_of(0)});
  CHECK(m.voter->end() == offset(2));
  refuse();
  CHECK(said() == 2);
}
