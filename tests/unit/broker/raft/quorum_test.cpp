// A lone voter on a simulated disk: what it remembers of its votes, its log and its snapshots through stops and crashes.
#include "broker/raft/quorum.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "quorum_surroundings.hpp"
#include "tests/sim/disk.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;

namespace {

/// The peers of a quorum of one: there are none, and none is ever asked.
class lone_voter final : public peers {
 public:
  void send(node_id, const vote_request&, reply<vote_response>) override { FAIL("a vote"); }
  void send(node_id, const begin_epoch_request&, reply<epoch_response>) override { FAIL("a begin"); }
  void send(node_id, const end_epoch_request&, reply<epoch_response>) override { FAIL("an end"); }
  void send(node_id, const fetch_request&, reply<fetch_response>) override { FAIL("a fetch"); }
  void send(node_id, const snapshot_request&, reply<snapshot_response>) override { FAIL("a snapshot"); }
  void send(node_id, const versions_request&, reply<versions_response>) override { FAIL("versions"); }
  void send(node_id, const add_voter_request&, reply<change_response>) override { FAIL("an addition"); }
  void send(node_id, const remove_voter_request&, reply<change_response>) override { FAIL("a removal"); }
  void send(node_id, const update_voter_request&, reply<update_voter_response>) override {
    FAIL("an update");
  }
  void learn(node_id, const host_port&) override { FAIL("another node"); }
};

record_value record(std::string_view text) {
  const auto bytes = as_bytes_view(text);
  return {bytes.begin(), bytes.end()};
}

/// One process's life of a voter; the disk outlives it.
struct voter_life final : quorum_listener, quorum_surroundings {
  voter_life(sim::disk& on, std::uint64_t snapshot_after) : disk(on) {
    quorum_options how;
    how.data_directory = "/data";
    how.self = node_id(1);
    how.voters = {{node_id(1), {}, "CONTROLLER", "localhost", 0}};
    how.snapshot_after_bytes = snapshot_after;
    voter_ = std::make_unique<quorum>(environment, now, how, nobody, *this);
  }

  quorum& voter() { return *voter_; }
  void step() {
    log::disk_effects operations;
    port.take(operations);
    disk.submit(std::move(operations));
    for (auto& done : disk.step()) port.complete(std::move(done));
  }
  void settle() {
    for (int i = 0; i < 10'000 && (port.has_effects() || !disk.idle()); ++i) step();
    REQUIRE(disk.idle());
  }
  void start() {
    voter_->open();
    settle();
  }
  void append(std::string_view text) {
    REQUIRE(voter_->append(std::vector<record_value>{record(text)}));
    settle();
  }

  void on_snapshot() override { state.clear(); }
  void on_resigned(leader_epoch) override {}
  void on_committed(bytes_view value, offset, leader_epoch) override { state.emplace_back(as_text(value)); }
  void on_batch_end(offset, leader_epoch) override {}
  void on_leader(leader_epoch epoch) override { led.push_back(epoch.value); }
  void on_voters(std::span<const klamm::broker::raft::voter> all) override { votes = all.size(); }
  void on_failed(const error& why) override { failures.push_back(why.message); }
  std::vector<record_value> snapshot_records() override {
    std::vector<record_value> all;
    for (const auto& one : state) all.push_back(record(one));
    return all;
  }

  sim::disk& disk;
  lone_voter nobody;
  std::vector<std::string> state, failures;
  std::vector<int> led;
  std::size_t votes = 0;

 private:
  std::unique_ptr<quorum> voter_;
};

using strings = std::vector<std::string>;

struct quorum_fixture {
  explicit quorum_fixture(std::uint64_t snapshot_after = 1 << 20) : snapshot_after_(snapshot_after) {
    disk.mount("/data");
  }
  /// Starts the voter; one that ran before is gone as after `how`.
  voter_life& start(std::optional<sim::crash> how = std::nullopt) {
    if (how) disk.crash(*how);
    life_ = std::make_unique<voter_life>(disk, snapshot_after_);
    life_->start();
    return *life_;
  }
  std::vector<std::string> files_with(std::string_view part) const {
    strings found;
    for (const auto& file : disk.files())
      if (file.find(part) != std::string::npos) found.push_back(file);
    return found;
  }

  sim::disk disk{3};

 private:
  std::uint64_t snapshot_after_;
  std::unique_ptr<voter_life> life_;
};

}  // namespace

TEST_CASE("a lone voter of a new cluster leads epoch 1 at once, and writes down who votes") {
  quorum_fixture f;
  auto& life = f.start();
  CHECK(life.voter().leading());
  CHECK(life.led == std::vector{1});
  CHECK(life.voter().high_watermark() == offset(3));  // LeaderChange, KRaftVersion, Voters
  CHECK(life.votes == 1);
  CHECK(life.voter().voters_at() == offset(2));
  CHECK(f.files_with("00000000000000000000-0000000000.checkpoint").size() == 1);
  CHECK(f.files_with("/quorum-state").size() == 1);
}

TEST_CASE("the high watermark of a quorum is what its log has synced, not what it has appended") {
  quorum_fixture f;
  auto& life = f.start();
  REQUIRE(life.voter().append(std::vector<record_value>{record("one"), record("two")}));
  CHECK(life.voter().end() == offset(5));
  CHECK(life.voter().high_watermark() == offset(3));
  CHECK(life.state.empty());
  life.settle();
  CHECK(life.voter().high_watermark() == offset(5));
  CHECK(life.state == strings{"one", "two"});
}

TEST_CASE("each start is a new epoch, and delivers everything committed before it says that it leads") {
  for (const auto how : {sim::crash::kill, sim::crash::power}) {
    quorum_fixture f;
    f.start().append("one");
    auto& second = f.start(how);
    CHECK(second.state == strings{"one"});
    CHECK(second.led == std::vector{2});
    second.append("two");
    auto& third = f.start(how);
    CHECK(third.state == strings{"one", "two"});
    CHECK(third.led == std::vector{3});
    CHECK(third.failures.empty());
  }
}

TEST_CASE("an election that was lost with the power did not count: its epoch leads nothing") {
  // However far a start came before the power failed, the next one leads and has what was committed.
  for (int steps = 0; steps < 60; ++steps) {
    quorum_fixture f;
    f.start().append("one");
    f.disk.crash(sim::crash::kill);
    {
      voter_life interrupted(f.disk, 1 << 20);
      interrupted.voter().open();
      for (int i = 0; i < steps; ++i) interrupted.step();
      f.disk.crash(sim::crash::power);
    }
    auto& life = f.start();
    CHECK(life.voter().leading());
    CHECK(life.state == strings{"one"});
    CHECK(life.failures.empty());
  }
}

TEST_CASE("a snapshot takes the place of what it holds: a start reads it, then the log behind it") {
  quorum_fixture f(200);
  strings appended;
  auto& life = f.start();
  for (int i = 0; i < 10; ++i) life.append(appended.emplace_back("record-" + std::to_string(i)));
  CHECK(f.files_with(".checkpoint").size() == 1);  // older ones are gone
  CHECK(f.files_with("00000000000000000000-0000000000.checkpoint").empty());
  for (const auto how : {sim::crash::kill, sim::crash::power}) CHECK(f.start(how).state == appended);
}

TEST_CASE("a damaged quorum-state or snapshot ends the process, and says what is wrong") {
  quorum_fixture f;
  f.start().append("one");
  SUBCASE("quorum-state") {
    f.disk.put(f.files_with("/quorum-state").front(), {std::byte('{')});
    auto& life = f.start(sim::crash::kill);
    REQUIRE(life.failures.size() == 1);
    CHECK(
        life.failures.front() ==
        "cannot use /data/__cluster_metadata-0/quorum-state: quorum-state is damaged: it is no JSON object: "
        "restore the file; or, where other nodes have everything, start with an empty data directory");
  }
  SUBCASE("snapshot") {
    f.disk.flip_bit(f.files_with(".checkpoint").front(), 70, 3);
    auto& life = f.start(sim::crash::kill);
    REQUIRE(life.failures.size() == 1);
    CHECK(life.failures.front().find(".checkpoint: a batch of the metadata log is damaged") !=
          std::string::npos);
  }
  CHECK(f.files_with("/quorum-state").size() == 1);
}

TEST_CASE("who does not lead appends nothing") {
  quorum_fixture f;
  auto& life = f.start();
  bool closed = false;
  life.voter().close([&] { closed = true; });
  life.settle();
  CHECK(closed);
  CHECK(life.voter().append(std::vector<record_value>{record("late")}).code() ==
        error_code::not_leader_or_follower);
}

TEST_CASE("a disk that fails ends the process, once, whatever it was about to do") {
  const sim::disk_options all[] = {{.sync_failure = 1}, {.write_failure = 1}, {.rename_failure = 1}};
  for (const auto& how : all) {
    quorum_fixture f;
    SUBCASE("at its first start") {
      f.disk.set_options(how);
      auto& life = f.start();
      CHECK(life.failures.size() == 1);
      CHECK(life.led.empty());
    }
    SUBCASE("at a later one") {
      f.start().append("one");
      f.disk.set_options(how);
      auto& life = f.start(sim::crash::kill);
      CHECK(life.failures.size() == 1);
      CHECK(life.led.empty());
    }
    SUBCASE("while it leads") {
      auto& life = f.start();
      if (how.rename_failure > 0) continue;  // nothing is renamed then
      f.disk.set_options(how);
      REQUIRE(life.voter().append(std::vector<record_value>{record("lost")}));
      life.settle();
      CHECK(life.failures.size() == 1);
      CHECK(life.state.empty());
    }
  }
}
