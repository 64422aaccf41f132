// One member of three, whose peers and whose disk are played by the test.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "broker/raft/quorum.hpp"
#include "quorum_surroundings.hpp"
#include "tests/unit/scripted_disk.hpp"

namespace klamm::broker::raft::test {

inline constexpr node_id self(1), two(2), three(3);
inline const uuid own_directory{{9, 9}};
inline const std::string log_directory = "/data/__cluster_metadata-0";

template <class Request, class Response>
struct asked {
  node_id to;
  Request what;
  reply<Response> then;
};

/// Keeps what is sent until the test answers it.
struct script final : peers {
  void send(node_id to, const vote_request& what, reply<vote_response> then) override {
    votes.push_back({to, what, std::move(then)});
  }
  void send(node_id to, const begin_epoch_request& what, reply<epoch_response> then) override {
    begins.push_back({to, what, std::move(then)});
  }
  void send(node_id to, const end_epoch_request& what, reply<epoch_response> then) override {
    ends.push_back({to, what, std::move(then)});
  }
  void send(node_id to, const fetch_request& what, reply<fetch_response> then) override {
    fetches.push_back({to, what, std::move(then)});
  }
  void send(node_id to, const snapshot_request& what, reply<snapshot_response> then) override {
    snapshots.push_back({to, what, std::move(then)});
  }
  void send(node_id to, const versions_request& what, reply<versions_response> then) override {
    versions.push_back({to, what, std::move(then)});
  }
  void send(node_id to, const add_voter_request& what, reply<change_response> then) override {
    additions.push_back({to, what, std::move(then)});
  }
  void send(node_id to, const remove_voter_request& what, reply<change_response> then) override {
    removals.push_back({to, what, std::move(then)});
  }
  void send(node_id to, const update_voter_request& what, reply<update_voter_response> then) override {
    updates.push_back({to, what, std::move(then)});
  }
  void learn(node_id who, const host_port& at) override { learnt.emplace_back(who, at); }

  std::vector<asked<vote_request, vote_response>> votes;
  std::vector<asked<begin_epoch_request, epoch_response>> begins;
  std::vector<asked<end_epoch_request, epoch_response>> ends;
  std::vector<asked<fetch_request, fetch_response>> fetches;
  std::vector<asked<snapshot_request, snapshot_response>> snapshots;
  std::vector<asked<versions_request, versions_response>> versions;
  std::vector<asked<add_voter_request, change_response>> additions;
  std::vector<asked<remove_voter_request, change_response>> removals;
  std::vector<asked<update_voter_request, update_voter_response>> updates;
  std::vector<std::pair<node_id, host_port>> learnt;
};

struct member final : quorum_listener, quorum_surroundings {
  using configure = std::function<void(quorum_options&)>;
  /// Opened at once, unless the test is to.
  explicit member(node_id who = self, const configure& change = nullptr, bool opens = true) {
    disk.below().mount("/data");
    quorum_options how;
    how.data_directory = "/data";
    how.self = who;
    how.directory = own_directory;
    how.static_voters = true;
    for (const auto id : {self, two, three})
      how.voters.push_back({id, id == self ? own_directory : uuid{}, "CONTROLLER", "localhost", 0});
    if (change) change(how);
    options = how;
    if (opens) live();
  }

  member& live() {
    voter = std::make_unique<quorum>(environment, now, options, others, *this);
    event([&] { voter->open(); });
    return *this;
  }
  /// Another life, which remembers what the disk does.
  void die(sim::crash how = sim::crash::kill) {
    disk.crash(how);
    voter.reset();
    others = {};
  }
  member& live_again(sim::crash how = sim::crash::kill) {
    die(how);
    committed.clear();
    return live();
  }
  void settle() { disk.settle(port); }
  template <class Event>
  void event(Event what) {
    what();
    settle();
  }
  void pass(millis time) {
    now.steady += time;
    event([&] { voter->tick(); });
  }
  /// What it answers, if it does at once.
  template <class Response, class Request>
  std::optional<Response> ask(const Request& request) {
    return *ask_for<Response>(request);
  }
  /// Where the answer will be.
  template <class Response, class Request>
  std::shared_ptr<std::optional<Response>> ask_for(const Request& request) {
    auto said = std::make_shared<std::optional<Response>>();
    event([&] { voter->on(request, [said](result<Response> answer) { *said = std::move(*answer); }); });
    return said;
  }
  auto vote(const vote_request& request) { return ask<vote_response>(request); }
  /// As somebody whose log is as complete as any.
  auto vote(int epoch, node_id candidate, bool pre_vote = false) {
    return vote({leader_epoch(epoch), candidate, {}, {leader_epoch(99), offset(999)}, pre_vote});
  }
  auto begin(int epoch, node_id leader) {
    return ask<epoch_response>(begin_epoch_request{{leader_epoch(epoch), leader}});
  }
  auto end(int epoch, node_id leader, std::vector<replica_key> successors = {}) {
    return ask<epoch_response>(end_epoch_request{{leader_epoch(epoch), leader}, std::move(successors)});
  }
  template <class Asked, class Response>
  void answer(Asked& to, Response said) {
    auto then = std::move(to.then);
    event([&] { then(std::move(said)); });
  }
  /// Every open question for a vote, of one kind, in turn.
  void grant(bool pre_vote, bool granted = true, error_code error = error_code::none) {
    for (auto& one : std::exchange(others.votes, {}))
      if (one.what.pre_vote == pre_vote)
        answer(one, vote_response{error, {one.what.epoch, node_id()}, granted});
  }
  /// Answers the one fetch that is open, as the leader of `epoch`.
  void give(fetch_response said, int epoch = 2, node_id leader = two) {
    auto open = std::exchange(others.fetches, {});
    REQUIRE(open.size() == 1);
    said.leader = {leader_epoch(epoch), leader};
    answer(open[0], std::move(said));
  }
  /// Follows that leader, with its first fetch open.
  member& follow(int epoch = 2, node_id leader = two) {
    others.fetches.clear();
    begin(epoch, leader);
    REQUIRE(others.fetches.size() == 1);
    return *this;
  }
  member& lead() {
    pass(millis(2001));
    grant(true);
    grant(false);
    REQUIRE(voter->leading());
    return *this;
  }
  /// What a leader takes, and where its log ends then.
  offset append(std::string_view text = "value") {
    const auto bytes = as_bytes_view(text);
    const std::vector<record_value> values{{bytes.begin(), bytes.end()}};
    result<offset> end = offset();
    event([&] { end = voter->append(values); });
    REQUIRE(end);
    return *end;
  }
  template <class Role>
  bool plays() const {
    return std::holds_alternative<Role>(voter->role());
  }
  std::size_t real_votes() const {
    std::size_t count = 0;
    for (const auto& one : others.votes) count += one.what.pre_vote ? 0 : 1;
    return count;
  }

  void on_snapshot() override { committed.clear(); }
  void on_committed(bytes_view value, offset at, leader_epoch) override {
    committed.emplace_back(at.value, as_text(value));
  }
  void on_batch_end(offset, leader_epoch) override {}
  void on_leader(leader_epoch epoch) override { led.push_back(epoch.value); }
  void on_resigned(leader_epoch) override {}
  void on_voters(std::span<const raft::voter>) override {}
  void on_failed(const error& why) override { failed.push_back(why.message); }
  std::vector<record_value> snapshot_records() override {
    ++snapshots_made;
    return {};
  }

  klamm::test::scripted_disk disk{3};
  script others;
  quorum_options options;
  std::unique_ptr<quorum> voter;
  std::vector<std::pair<std::int64_t, std::string>> committed;
  std::vector<int> led;
  std::vector<std::string> failed;
  int snapshots_made = 0;
};

inline fetch_request fetch_from(std::int64_t from, int epoch, offset known, millis wait = millis(500)) {
  return {leader_epoch(1), {two}, offset(from), leader_epoch(epoch), known, wait};
}

/// Records "0", "1"... as a leader of `epoch` has them.
inline byte_chain batch_of(std::int64_t base, int count = 2, int epoch = 2) {
  std::vector<record_value> values;
  for (int i = 0; i < count; ++i) values.push_back({static_cast<std::byte>('0' + i)});
  return byte_chain(buffer_slice::own(encode_batch(values, offset(base), leader_epoch(epoch), timestamp(7))));
}

}  // namespace klamm::broker::raft::test
