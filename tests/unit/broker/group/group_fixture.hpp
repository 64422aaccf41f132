// A group coordinator over a partition in memory, spoken to in the words of the protocol.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/rng.hpp"
#include "broker/group/group_coordinator.hpp"

namespace klamm::broker::group::test {

class seeded_entropy final : public entropy_source {
 public:
  void fill(mutable_bytes to) override {
    for (auto& byte : to) byte = static_cast<std::byte>(random_.next());
  }

 private:
  rng random_{7};
};

/// Keeps what is appended; commits it when told to, or at once.
class memory_partition final : public coordinator::partition {
 public:
  partition_id id() const override { return partition_id(0); }
  result<offset> append(std::span<const coordinator::new_record> records, instant now) override {
    if (refuses != error_code::none) return refuses;
    ++appends;
    for (const auto& record : records) {
      log.push_back({record, now.wall});
      replay(log.size() - 1, *reader);
    }
    return offset(static_cast<std::int64_t>(log.size()));
  }
  offset high_watermark() const override { return committed; }

  void replay(std::size_t at, coordinator::state_machine& into) const {
    const auto& [record, time] = log[at];
    coordinator::replayed_record replayed{offset(static_cast<std::int64_t>(at)), time, record.key, {}, {}};
    if (record.value) replayed.value = *record.value;
    into.replay(replayed);
  }

  std::vector<std::pair<coordinator::new_record, timestamp>> log;
  int appends = 0;
  offset committed{0};
  error_code refuses = error_code::none;
  coordinator::state_machine* reader = nullptr;
};

struct joined {
  error_code error = error_code::none;
  generation_id generation;
  std::string member, leader, protocol;
  std::vector<std::string> members;
  bool skip_assignment = false;
};
struct synced {
  error_code error = error_code::none;
  std::string assignment;
};

/// What a test says of a member when it joins. Two protocols unless told otherwise.
struct member_spec {
  std::string group = "g";
  std::string member = {};
  std::optional<std::string> instance = {};
  std::vector<std::pair<std::string, std::string>> protocols = {{"range", "r"}, {"sticky", "s"}};
  std::string protocol_type = "consumer";
  int session_ms = 10'000, rebalance_ms = 60'000;
  klamm::api_version version = 9;
};

class group_fixture {
 public:
  explicit group_fixture(group_options options = {}) : options_(options) { restart(); }

  /// Everything soft is lost; the log is replayed.
  void restart() {
    if (coordinator) coordinator->on_unloaded(now);
    coordinator = std::make_unique<group_coordinator>(options_, partition, entropy_);
    partition.reader = coordinator.get();
    for (std::size_t i = 0; i < partition.log.size(); ++i) partition.replay(i, *coordinator);
    coordinator->on_loaded(now);
  }

  void commit_log() {
    partition.committed = offset(static_cast<std::int64_t>(partition.log.size()));
    coordinator->on_committed(partition.committed, now);
  }

  /// Lets time pass, from deadline to deadline.
  void pass(duration time) {
    const auto end = now.steady + time;
    for (int ticks = 0; coordinator->deadline() <= end && ticks < 1000; ++ticks) {
      advance_to(std::max(now.steady, coordinator->deadline()));
      coordinator->tick(now);
    }
    advance_to(end);
  }

  /// The answer comes into the returned place when it comes.
  std::shared_ptr<std::optional<joined>> join(const member_spec& spec) {
    wire::join_group_request request;
    request.group_id = spec.group;
    request.member_id = spec.member;
    if (spec.instance) request.group_instance_id = *spec.instance;
    request.protocol_type = spec.protocol_type;
    request.session_timeout_ms = millis(spec.session_ms);
    request.rebalance_timeout_ms = millis(spec.rebalance_ms);
    for (const auto& [name, metadata] : spec.protocols) {
      auto& protocol = request.protocols.emplace_back();
      protocol.name = name;
      protocol.metadata = as_bytes_view(metadata);
    }
    auto answer = std::make_shared<std::optional<joined>>();
    coordinator->join(
        request, {"client", "/127.0.0.1", spec.version},
        [answer](const wire::join_group_response& r) {
          CHECK(!*answer);
          *answer = joined{r.error_code,
                           r.generation_id,
                           std::string(r.member_id),
                           std::string(r.leader),
                           std::string(r.protocol_name.value_or("")),
                           {},
                           r.skip_assignment};
          for (const auto& member : r.members) (*answer)->members.emplace_back(member.member_id);
        },
        now);
    return answer;
  }

  /// Joins a new member as a client does: once for the id, once with it.
  std::shared_ptr<std::optional<joined>> join_new(member_spec spec = {}) {
    if (const auto first = join(spec);
        first->has_value() && (*first)->error == error_code::member_id_required)
      spec.member = (*first)->member;
    else
      return first;
    return join(spec);
  }

  std::shared_ptr<std::optional<synced>> sync(std::string_view member, generation_id generation,
                                              const std::map<std::string, std::string>& assignments = {},
                                              std::optional<std::string_view> instance = {}) {
    wire::sync_group_request request;
    request.group_id = "g";
    request.member_id = member;
    request.group_instance_id = instance;
    request.generation_id = generation;
    for (const auto& [to, bytes] : assignments) {
      auto& one = request.assignments.emplace_back();
      one.member_id = to;
      one.assignment = as_bytes_view(bytes);
    }
    auto answer = std::make_shared<std::optional<synced>>();
    coordinator->sync(
        request,
        [answer](const wire::sync_group_response& r) {
          CHECK(!*answer);
          *answer = synced{r.error_code, std::string(as_text(r.assignment))};
        },
        now);
    return answer;
  }

  error_code heartbeat(std::string_view member, generation_id generation,
                       std::optional<std::string_view> instance = {}) {
    return coordinator->heartbeat("g", member, instance, generation, now);
  }

  error_code leave(std::string_view member, std::optional<std::string_view> instance = {}) {
    wire::leave_group_request request;
    request.group_id = "g";
    auto& one = request.members.emplace_back();
    one.member_id = member;
    one.group_instance_id = instance;
    error_code outcome = error_code::unknown_server_error;
    coordinator->leave(request, [&](std::span<const error_code> each) { outcome = each[0]; }, now);
    return outcome;
  }

  /// The first outcome, once it comes.
  std::shared_ptr<std::optional<error_code>> commit(std::string_view member, generation_id generation,
                                                    offset next, std::string_view metadata = "") {
    return commit_of("t", member, generation, next, std::nullopt, metadata);
  }
  std::shared_ptr<std::optional<error_code>> commit_of(std::string topic, std::string_view member,
                                                       generation_id generation, offset next,
                                                       std::optional<millis> retention = std::nullopt,
                                                       std::string_view metadata = "") {
    auto answer = std::make_shared<std::optional<error_code>>();
    offset_commit_command command{"g", member, std::nullopt, generation, {}, retention};
    command.offsets.push_back({{std::move(topic), partition_id(0)}, next, leader_epoch(1), metadata});
    coordinator->commit(command, [answer](std::span<const error_code> each) { *answer = each[0]; }, now);
    return answer;
  }

  offset committed(std::string_view topic = "t") const {
    const auto* found = coordinator->offsets().find("g", topic, partition_id(0));
    return found ? found->next : offset();
  }

  std::string state() const {
    wire::describe_groups_response::described_group out;
    return coordinator->describe("g", out) == error_code::none ? std::string(out.group_state) : "none";
  }

  /// A group of `count` dynamic members that is stable; their ids, the leader first.
  std::vector<std::string> stable_group(int count) {
    std::vector<std::shared_ptr<std::optional<joined>>> answers;
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back((*join({}))->member);
    for (const auto& id : ids) answers.push_back(join({.member = id}));
    const auto& last = **answers.back();
    std::map<std::string, std::string> assignment;
    for (const auto& id : ids) assignment[id] = "of " + id;
    const auto leader = std::ranges::find(ids, last.leader);
    std::rotate(ids.begin(), leader, leader + 1);
    for (const auto& id : ids)
      sync(id, last.generation, id == last.leader ? assignment : decltype(assignment){});
    commit_log();
    return ids;
  }

  instant now{time_point(std::chrono::hours(1)), timestamp(1'700'000'000'000)};
  memory_partition partition;
  std::unique_ptr<group_coordinator> coordinator;

 private:
  void advance_to(time_point when) {
    now.wall += std::chrono::duration_cast<millis>(when - now.steady).count();
    now.steady = when;
  }

  group_options options_;
  seeded_entropy entropy_;
};

}  // namespace klamm::broker::group::test
