// From the disk to the first role: what a member finds there, and what of it fails.
#include "scripted_member.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

namespace {

using committed = std::vector<std::pair<std::int64_t, std::string>>;
const snapshot_id far{offset(100), leader_epoch(5)};
const std::string far_log = "00000000000000000100.log";

std::vector<std::byte> snapshot_of(const snapshot_id& id, std::string_view value) {
  const auto bytes = as_bytes_view(value);
  const std::vector<record_value> records{{bytes.begin(), bytes.end()}};
  return encode_checkpoint(id, {{}, records, timestamp(7)}).flatten();
}
void put_snapshot(member& m, const snapshot_id& id, std::string_view value) {
  m.disk.below().put(log_directory + "/" + checkpoint_name(id), snapshot_of(id, value));
}
/// Led epoch 1 in an earlier life.
void live_before(member& m) {
  m.live().lead().append();
  m.disk.crash(sim::crash::kill);
  m.voter.reset();
  m.others = {};
}

}  // namespace

TEST_CASE("whatever fails while a member opens ends it, once, and says what was being done") {
  struct moment {
    klamm::test::scripted_disk::operation fails;
    std::string_view says;
  };
  const moment moments[] = {
      {{"make", log_directory}, "cannot make /data/__cluster_metadata-0: Input/output error"},
      {{"sync_directory", "/data"}, "cannot sync /data: Input/output error"},
      {{"list", log_directory}, "cannot list /data/__cluster_metadata-0: Input/output error"},
      {{"read", "quorum-state"}, "cannot read /data/__cluster_metadata-0/quorum-state"},
      {{"read", "recovery-point-offset-checkpoint"},
       "cannot use /data/__cluster_metadata-0/recovery-point-offset-checkpoint: "},
      {{"open", "00000000000000000000.log"}, ""},
      {{"open", far_log}, ""},  // the log is to start again behind the snapshot
      {{"read", ".checkpoint"}, "cannot read /data/__cluster_metadata-0/00000000000000000100"},
  };
  for (const auto& one : moments) {
    CAPTURE(one.fails.doing);
    CAPTURE(one.fails.path);
    member m(self, nullptr, false);
    live_before(m);
    put_snapshot(m, far, "far");
    const auto mark = as_bytes_view("0\n1\n__cluster_metadata 0 1\n");
    m.disk.below().put(log_directory + "/recovery-point-offset-checkpoint", {mark.begin(), mark.end()});
    m.disk.fail(one.fails);
    m.live();
    REQUIRE(m.failed.size() == 1);
    CHECK(m.failed[0].find(one.says) != std::string::npos);
    CHECK_FALSE(m.voter->leading());
    CHECK(m.voter->deadline() == never);
    m.pass(millis(10'000));
    CHECK(m.others.votes.empty());
    CHECK(m.others.fetches.empty());
    CHECK(m.failed.size() == 1);
  }
}

TEST_CASE("a new log that cannot be made, or not begin with a snapshot, ends the member") {
  for (const auto* const name : {"00000000000000000000.log", ".checkpoint"}) {
    member m(self, nullptr, false);
    m.disk.fail({"open", name});
    m.live();
    CHECK(m.failed.size() == 1);
    CHECK(m.voter->deadline() == never);
  }
}

TEST_CASE("a log that ends before the newest snapshot starts again behind it") {
  member m(self, nullptr, false);
  live_before(m);
  put_snapshot(m, far, "far");
  m.live();
  CHECK(m.failed.empty());
  CHECK(m.voter->start() == offset(100));
  CHECK(m.voter->end() == offset(100));
  CHECK(m.voter->high_watermark() == offset(100));
  CHECK(m.voter->epoch() == leader_epoch(5));
  CHECK(m.committed == committed{{99, "far"}});  // as of the snapshot's last record
}

TEST_CASE("a log that goes as far as the newest snapshot keeps what it has") {
  member m(self, [](quorum_options& how) { how.snapshot_after_bytes = 1; });
  m.lead();
  m.ask<fetch_response>(fetch_from(1, 1, offset(0)));
  REQUIRE(m.snapshots_made == 1);
  m.live_again();
  CHECK(m.voter->start() == offset(0));
  CHECK(m.voter->end() == offset(1));
  CHECK(m.voter->high_watermark() == offset(1));
}

TEST_CASE("a log without a quorum-state is of the epoch that it ends in") {
  member m(self, nullptr, false);
  live_before(m);
  m.disk.below().erase(log_directory + "/quorum-state");
  m.live();
  CHECK(m.failed.empty());
  CHECK(m.voter->epoch() == leader_epoch(1));
  CHECK(m.plays<unattached>());
}

TEST_CASE("what a snapshot holds is not delivered again, though the batch that it ends in goes on") {
  member m;
  m.follow();
  m.give({.records = batch_of(0)});
  m.disk.crash(sim::crash::kill);
  put_snapshot(m, {offset(1), leader_epoch(2)}, "0");
  m.live_again();
  CHECK(m.committed == committed{{0, "0"}});
  m.follow(3);
  m.give({.high_watermark = offset(2)}, 3);
  CHECK(m.committed == committed{{0, "0"}, {1, "1"}});
}

TEST_CASE("a member that is closed while it opens does not begin to run") {
  for (const auto& [doing, path] : {std::pair{"make", "metadata"},
                                    {"list", "metadata"},
                                    {"read", "quorum-state"},
                                    {"read", ".checkpoint"}}) {
    CAPTURE(doing);
    CAPTURE(path);
    member m(self, nullptr, false);
    live_before(m);
    m.disk.hold({doing, path});
    m.live();
    REQUIRE(m.disk.waiting() == 1);
    m.event([&] { m.voter->close([] {}); });
    m.disk.behave();
    m.settle();
    m.pass(millis(10'000));
    CHECK(m.voter->deadline() == never);
    CHECK(m.others.votes.empty());
    CHECK(m.others.fetches.empty());
    CHECK(m.failed.empty());
  }
}

TEST_CASE("an election timeout is drawn anew each time, up to twice what is configured") {
  member m(self, [](quorum_options& how) { how.election_timeout = millis(1); });
  std::map<duration, int> drawn;
  for (int epoch = 1; epoch <= 64; ++epoch) {
    m.begin(epoch, node_id());
    ++drawn[m.voter->deadline() - m.now.steady];
  }
  CHECK(drawn.size() == 2);
  CHECK(drawn[std::chrono::milliseconds(1)] > 8);
  CHECK(drawn[std::chrono::milliseconds(2)] > 8);
}

TEST_CASE("what a member is asked while it opens is answered when it runs, and not at all if it fails") {
  member m(self, nullptr, false);
  SUBCASE("it runs") {}
  SUBCASE("it fails") { m.disk.fail({"list", log_directory}); }
  m.voter = std::make_unique<quorum>(m.environment, m.now, m.options, m.others, m);
  m.voter->open();  // the disk has not answered yet
  std::optional<bool> granted;
  m.voter->on(vote_request{leader_epoch(3), two, {}, {leader_epoch(99), offset(999)}, true},
              [&](result<vote_response> said) { granted = said && said->granted; });
  CHECK_FALSE(granted);
  m.settle();
  if (m.failed.empty())
    CHECK(granted == true);
  else
    CHECK_FALSE(granted);
}
