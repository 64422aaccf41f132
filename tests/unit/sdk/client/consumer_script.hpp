// A consumer's core on a scripted cluster whose topic "a" has two partitions, and the words to script it with.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "batches.hpp"
#include "client/offset_lookup.hpp"
#include "scripted_cluster.hpp"
#include "second.hpp"
#include "wire/messages/fetch.hpp"
#include "wire/messages/list_offsets.hpp"
#include "wire/messages/offset_commit.hpp"
#include "wire/messages/offset_fetch.hpp"

namespace klamm::client {

inline const topic_partition a0{"a", partition_id(0)}, a1{"a", partition_id(1)};

/// Takes everything, and has written down what it was given.
struct told_sink final : fetch_sink {
  std::size_t room() const override { return free; }
  std::vector<const topic_partition*> hungry() const override {
    ++looks;
    std::vector<const topic_partition*> all;
    for (const auto& at : there) all.push_back(&at);
    return all;
  }
  position_epoch assigned(const topic_partition& at) override {
    there.insert(at);
    return position_epoch(++epochs);
  }
  void unassigned(const topic_partition& at) override {
    there.erase(at);
    gone.push_back(at);
  }
  void positioned(const topic_partition&, position_epoch, offset start, leader_epoch) override {
    starts.push_back(start.value);
  }
  std::optional<fetch_start> truncated(const topic_partition&, position_epoch, offset end,
                                       leader_epoch leader) override {
    starts.push_back(end.value);
    return fetch_start{position_epoch(++epochs), end, leader};
  }
  void deliver(fetched_run run) override {
    next.push_back(run.next.value);
    lives.push_back(run.epoch.value);
    batches.push_back(run.batches.size());
  }
  void watermarks(const topic_partition&, offset, offset, offset) override {}
  void failed(const std::optional<topic_partition>&, position_epoch, const error& why) override {
    failures.push_back(why);
  }
  void out_of_group(const std::optional<error>& why) override {
    if (why) failures.push_back(*why);
    out = why.has_value();
  }
  void rebalance(const rebalance_event& event) override { events.push_back(event); }
  time_point waiting_since() const override { return waiting; }
  std::vector<committed_offset> settled() const override { return places; }
  sink_load load() const override { return lies; }

  bool out = false;  // of the group
  std::size_t free = 64 << 20;
  time_point waiting = never;
  std::int64_t epochs = 0;
  std::vector<std::int64_t> starts, next, lives;
  std::vector<std::size_t> batches;  // of each run
  std::set<topic_partition> there;
  mutable int looks = 0;  // how often it was asked what is hungry
  std::vector<topic_partition> gone;
  std::vector<error> failures;
  std::vector<rebalance_event> events;
  std::vector<committed_offset> places;
  sink_load lies;
};

inline core_options consuming(std::string group = {}) {
  core_options out;
  out.consumer.emplace();
  out.consumer->group.group_id = std::move(group);
  out.consumer->reset.to = reset_policy::kind::earliest;
  return out;
}

/// An answer to a commit that says the same of every partition.
inline wire::offset_commit_response commit_answer(const wire::offset_commit_request& to, error_code code) {
  wire::offset_commit_response out;
  for (const auto& t : to.topics) {
    auto& topic = out.topics.emplace_back();
    topic.name = t.name;
    for (const auto& p : t.partitions) topic.partitions.push_back({p.partition_index, code});
  }
  return out;
}

struct consumer_script {
  told_sink sink;
  test::scripted_cluster cluster;
  /// Where the logs begin and end.
  std::map<topic_partition, std::int64_t> log_start, log_end;
  /// Every log has records of these times, at these offsets.
  std::map<std::int64_t, std::int64_t> offset_by_time;

  explicit consumer_script(core_options options = consuming()) : cluster(std::move(options), &sink) {
    cluster.topics["a"] = 2;
    cluster.answer<wire::list_offsets_request>([this](const auto& asked) { return offsets_asked(asked); });
    cluster.answer<wire::offset_fetch_request>([](const auto& asked) { return nothing_committed(asked); });
    cluster.hold<wire::fetch_request>();
  }

  void assign(std::vector<topic_partition> which) {
    cluster.core.assign(std::move(which), cluster.now, cluster.out);
    cluster.settle();
  }
  void seek(const topic_partition& at, std::int64_t to) {
    cluster.core.seek({{at, position_epoch(++sink.epochs), offset(to), {}}}, cluster.now, cluster.out);
    cluster.settle();
  }
  /// Answers the only request that lies at the broker, a fetch of one partition.
  void answer_fetch(error_code code, wire::records_field records = {});
  std::vector<wire::fetch_request> fetches() const {
    std::vector<wire::fetch_request> out;
    for (const auto& request : cluster.held)
      if (request.header.request_api_key == wire::fetch_request::api)
        out.push_back(request.read<wire::fetch_request>());
    return out;
  }
  std::int64_t offset_asked(const topic_partition& of, timestamp when) {
    constexpr timestamp first(-2), next(-1);
    if (when == first) return log_start[of];
    if (when == next) return log_end[of];
    const auto at = offset_by_time.lower_bound(when.value);
    return at == offset_by_time.end() ? -1 : at->second;
  }
  wire::list_offsets_response offsets_asked(const wire::list_offsets_request& asked) {
    wire::list_offsets_response out;
    for (const auto& t : asked.topics) {
      auto& topic = out.topics.emplace_back();
      topic.name = t.name;
      for (const auto& p : t.partitions) {
        auto& said = topic.partitions.emplace_back();
        said.partition_index = p.partition_index;
        said.offset = offset(offset_asked({std::string(t.name), p.partition_index}, p.timestamp));
      }
    }
    return out;
  }
  static wire::offset_fetch_response nothing_committed(const wire::offset_fetch_request& asked) {
    wire::offset_fetch_response out;
    for (const auto& g : asked.groups) {
      auto& group = out.groups.emplace_back();
      group.group_id = g.group_id;
      for (const auto& t : *g.topics) {
        auto& topic = group.topics.emplace_back();
        topic.name = t.name;
        for (const auto p : t.partition_indexes) {
          auto& said = topic.partitions.emplace_back();
          said.partition_index = p;
          said.committed_offset = offset(-1);
        }
      }
    }
    return out;
  }
};

/// The answer to the only partition of a fetch.
inline wire::fetch_response fetch_answer(const wire::fetch_request& to, error_code code) {
  wire::fetch_response out;
  out.session_id = to.session_epoch < 0 ? 0 : 7;
  auto& topic = out.responses.emplace_back();
  topic.topic_id = to.topics.at(0).topic_id;
  auto& said = topic.partitions.emplace_back();
  said.partition_index = to.topics[0].partitions.at(0).partition;
  said.error_code = code;
  return out;
}

/// A batch of three records.
inline wire::records_field three_records(std::int64_t base, std::int32_t epoch = 0) {
  wire::batch_stamp stamp;
  stamp.base_offset = offset(base);
  stamp.partition_leader_epoch = leader_epoch(epoch);
  return wire::records_field(buffer_slice::own(wire::stamped(test::sealed(3), stamp).flatten()));
}

inline void consumer_script::answer_fetch(error_code code, wire::records_field records) {
  const auto request = cluster.held.at(0);
  cluster.held.clear();
  auto answer = fetch_answer(request.read<wire::fetch_request>(), code);
  if (!records.empty()) answer.responses[0].partitions[0].records = std::move(records);
  cluster.reply(request, answer);
  cluster.settle();
}

}  // namespace klamm::client
