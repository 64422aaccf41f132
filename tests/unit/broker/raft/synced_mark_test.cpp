// What of the metadata log is known to be synced, and that damage to it stops the node where it would lose topics otherwise.
#include <fmt/format.h>

#include "scripted_member.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

namespace {

const std::string log_file = log_directory + "/00000000000000000000.log";
const std::string mark_file = log_directory + "/recovery-point-offset-checkpoint";

std::string text_of(member& m, const std::string& path) {
  const auto content = m.disk.below().content(path);
  return content ? std::string(as_text(bytes_view(*content))) : "none";
}
std::string mark(std::int64_t at) { return fmt::format("0\n1\n__cluster_metadata 0 {}\n", at); }

/// Led epoch 1 in an earlier life: the epoch's own record at 0, values at 1 and 2.
void live_before(member& m, millis waits = millis(5000)) {
  m.live().lead().append("one");
  m.append("two");
  m.pass(waits);
  m.die();
}
void put_snapshot(member& m, const snapshot_id& covers) {
  m.disk.below().put(log_directory + "/" + checkpoint_name(covers),
                     encode_checkpoint(covers, {{}, {}, timestamp(7)}).flatten());
}
void damage_last_record(member& m) {
  m.disk.below().flip_bit(log_file, m.disk.below().content(log_file)->size() - 2, 3);
}
void cut_last_record(member& m) {
  auto bytes = *m.disk.below().content(log_file);
  bytes.resize(bytes.size() - 1);
  m.disk.below().put(log_file, bytes);
}

}  // namespace

TEST_CASE("up to where the log is synced is written down, some seconds after it moved") {
  member m;
  m.lead().append();
  CHECK(text_of(m, mark_file) == "none");
  m.pass(millis(5000));
  CHECK(text_of(m, mark_file) == mark(2));
  m.event([&] { m.voter->close([] {}); });
  CHECK(text_of(m, mark_file) == mark(2));
}

TEST_CASE("what is appended meanwhile does not put the mark off") {
  member m;
  m.lead().append();
  m.pass(millis(2000));
  m.append();
  m.pass(millis(3000));
  CHECK(text_of(m, mark_file) == mark(3));
}

TEST_CASE("a member that is closed leaves the mark where its log ends") {
  member m;
  m.lead().append();
  bool closed = false;
  m.event([&] { m.voter->close([&] { closed = true; }); });
  CHECK(closed);
  CHECK(text_of(m, mark_file) == mark(2));
}

TEST_CASE("damage in what was synced of the metadata log ends the member, and says how to go on") {
  member m(self, nullptr, false);
  live_before(m);
  SUBCASE("a record") {
    damage_last_record(m);
    m.live();
    REQUIRE(m.failed.size() == 1);
    CHECK(m.failed[0].find("00000000000000000000.log is damaged at byte") != std::string::npos);
  }
  SUBCASE("the file's end") {
    cut_last_record(m);
    m.live();
    REQUIRE(m.failed.size() == 1);
    CHECK(m.failed[0].find("(offset 2), although everything below offset 3 was synced") != std::string::npos);
  }
  SUBCASE("all of the file") {
    m.disk.below().put(log_file, {});
    m.live();
    REQUIRE(m.failed.size() == 1);
    CHECK(m.failed[0].find("ends at offset 0, although everything below offset 3 was synced") !=
          std::string::npos);
  }
  SUBCASE("the file itself") {
    m.disk.below().erase(log_file);
    m.live();
    REQUIRE(m.failed.size() == 1);
    CHECK(m.failed[0].find("ends at offset 0, although everything below offset 3 was synced") !=
          std::string::npos);
    CHECK_FALSE(m.disk.below().content(log_file));
  }
  REQUIRE(m.failed.size() == 1);
  CHECK(m.failed[0].find("remove recovery-point-offset-checkpoint") != std::string::npos);
  CHECK(m.failed[0].find('\n') == std::string::npos);
}

TEST_CASE("without its mark the log is cut where it is damaged") {
  SUBCASE("removed") {
    member m(self, nullptr, false);
    live_before(m);
    damage_last_record(m);
    m.disk.below().erase(mark_file);
    m.live();
    CHECK(m.failed.empty());
    CHECK(m.voter->end() == offset(2));
  }
  SUBCASE("unreadable, which is said") {
    member m(self, nullptr, false);
    live_before(m);
    damage_last_record(m);
    m.disk.below().put(mark_file, {std::byte{'x'}});
    m.live();
    CHECK(m.failed.empty());
    CHECK(m.voter->end() == offset(2));
    CHECK(m.said.count(log_level::warning, "what is damaged of the metadata log is cut away") == 1);
  }
  SUBCASE("not written yet") {
    member m(self, nullptr, false);
    live_before(m, millis(4999));
    damage_last_record(m);
    m.live();
    CHECK(m.failed.empty());
    CHECK(m.voter->end() == offset(2));
  }
}

TEST_CASE("what a snapshot covers of the log is not missed") {
  member m(self, nullptr, false);
  live_before(m);
  put_snapshot(m, {offset(3), leader_epoch(1)});
  m.disk.below().put(log_file, {});
  m.live();
  CHECK(m.failed.empty());
  CHECK(m.voter->end() == offset(3));
}

TEST_CASE("damage that a snapshot covers does not take what lies behind it away") {
  member m(self, nullptr, false);
  live_before(m, millis(0));
  const auto text = mark(2);  // and the record behind is synced as well
  const auto marked = as_bytes_view(text);
  m.disk.below().put(mark_file, {marked.begin(), marked.end()});
  put_snapshot(m, {offset(2), leader_epoch(1)});
  const auto whole = *m.disk.below().content(log_file);
  m.disk.below().flip_bit(log_file, 80, 3);
  m.live();
  REQUIRE(m.failed.size() == 1);
  CHECK(m.failed[0].find("is damaged at byte") != std::string::npos);
  m.disk.below().put(log_file, whole);
  m.live_again();
  CHECK(m.failed.size() == 1);
  CHECK(m.voter->end() == offset(3));
}

TEST_CASE("what was held back when the log was synced is marked all the same") {
  member m;
  m.disk.hold({"rename", "leader-epoch-checkpoint"});
  m.lead().append();
  REQUIRE(m.disk.waiting() > 0);
  SUBCASE("released soon") {}
  SUBCASE("released late") { m.pass(millis(6000)); }
  m.event([&] { m.disk.behave(); });
  m.pass(millis(5000));
  CHECK(text_of(m, mark_file) == mark(2));
}

TEST_CASE("a member that refused to start leaves the mark as it was") {
  member m(self, nullptr, false);
  live_before(m);
  m.disk.below().put(log_file, {});
  m.live();
  REQUIRE(m.failed.size() == 1);
  m.event([&] { m.voter->close([] {}); });
  CHECK(text_of(m, mark_file) == mark(3));
}

TEST_CASE("where the log's own id cannot be read nobody is told to remove the only metadata there may be") {
  member m(self, nullptr, false);
  live_before(m);
  m.disk.below().put(log_directory + "/partition.metadata", {std::byte{'x'}});
  m.live();
  REQUIRE(m.failed.size() == 1);
  CHECK(m.failed[0].find("start with an empty data directory") != std::string::npos);
  CHECK(m.failed[0].find("remove the directory") == std::string::npos);
}

TEST_CASE("a mark that cannot be written ends the member") {
  member m;
  m.lead().append();
  m.disk.fail({"write", "recovery-point-offset-checkpoint"});
  m.pass(millis(5000));
  CHECK(m.failed.size() == 1);
}

TEST_CASE("a mark is lowered before the log is cut below it, whenever the crash comes") {
  for (const auto& [doing, path] : {std::pair{"sync", "recovery-point-offset-checkpoint"},
                                    {"rename", "recovery-point-offset-checkpoint"},
                                    {"truncate", "00000000000000000000.log"},
                                    {"sync", "00000000000000000000.log"}}) {
    CAPTURE(doing);
    CAPTURE(path);
    member m;
    m.follow();
    m.give({.records = batch_of(0)});
    m.give({.records = batch_of(2)});
    m.pass(millis(5000));
    REQUIRE(text_of(m, mark_file) == mark(4));
    m.follow(3, three);
    m.disk.hold({doing, path});
    m.give({.diverging = log::epoch_end{leader_epoch(2), offset(2)}}, 3, three);
    REQUIRE(m.disk.waiting() > 0);
    m.disk.behave();
    m.live_again();
    CHECK(m.failed.empty());
  }
}
