// Followers whose leader is played by the test.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "broker/replica/authority.hpp"
#include "broker/replica/fetcher.hpp"
#include "broker/replica/leader_link.hpp"
#include "broker/replica/partition.hpp"
#include "node_names.hpp"

namespace klamm::broker::replica::test {

using state = follower_role::state;

struct leader_script final : leader_links, broker_registry {
  void fetch(node_id leader, wire::fetch_request request, fetched_handler done) override {
    fetches.push_back({leader, std::move(request), std::move(done)});
  }
  void range(node_id, const range_question& asked, range_handler done) override {
    ranges.emplace_back(asked, std::move(done));
  }
  std::optional<broker_standing> find(node_id broker) const override {
    return broker == self ? std::optional(broker_standing{11, false, false, "a"}) : std::nullopt;
  }
  struct asked {
    node_id leader;
    wire::fetch_request request;
    fetched_handler done;
  };
  std::vector<asked> fetches;
  std::vector<std::pair<range_question, range_handler>> ranges;
};

/// Two partitions of one topic that node 2 leads in epoch 1.
struct scripted_follower {
  scripted_follower() {
    around.ports.links = &script;
    around.ports.brokers = &script;
    around.followers = &fetching;
    around.how.fetch_backoff = millis(100);
    around.how.fetch_wait_max = millis(321);
    for (auto* const node : {&first, &second}) {
      node->options.fsync = log::fsync_mode::ack;
      node->restart();
    }
    second.identity.partition.partition = partition_id(1);
    for (auto* const node : {&first, &second}) node->create();
    a.emplace(*first.log, around, std::make_shared<partition_settings>());
    b.emplace(*second.log, around, std::make_shared<partition_settings>());
    a->lead(led_by(two, 1));
    b->lead(led_by(two, 1));
    fetching.run();
  }
  static leadership led_by(node_id leader, int epoch) {
    return {leader_epoch(epoch), leader, {self, two, three}, {self, two, three}, epoch};
  }
  /// The request that is open. There is one.
  wire::fetch_request& open() {
    REQUIRE(script.fetches.size() == 1);
    return script.fetches.back().request;
  }
  /// How many partitions it names.
  std::size_t named() {
    std::size_t count = 0;
    for (const auto& topic : open().topics) count += topic.partitions.size();
    return count;
  }
  using part = wire::fetch_response::partition_data;
  static part about(int partition, std::int64_t high_watermark = 0) {
    part data;
    data.partition_index = partition_id(partition);
    data.high_watermark = offset(high_watermark);
    data.log_start_offset = offset(0);
    return data;
  }
  /// Of partition 0: the leader's epoch 1 ends at offset 2.
  static part parting() {
    auto data = about(0);
    data.diverging_epoch.epoch = leader_epoch(1);
    data.diverging_epoch.end_offset = offset(2);
    return data;
  }
  static part records(int partition, std::int64_t base, int count, int epoch = 1,
                      std::int64_t watermark = 0) {
    auto data = about(partition, watermark);
    data.records = wire::records_field(buffer_slice::own(
        log::test::make_batch({.records = count, .base = offset(base), .leader = leader_epoch(epoch)})));
    return data;
  }
  void answer(std::vector<part> parts, std::int32_t session = 7, error_code error = error_code::none) {
    fetched answer;
    answer.response.error_code = error;
    answer.response.session_id = session;
    auto& topic = answer.response.responses.emplace_back();
    topic.topic_id = first.identity.topic_id;
    topic.partitions = std::move(parts);
    tell(std::move(answer));
  }
  void tell(result<fetched> how) {
    REQUIRE(script.fetches.size() == 1);
    auto done = std::move(script.fetches.back().done);
    script.fetches.clear();
    done(std::move(how));
    fetching.run();
  }
  void sync() {
    for (auto* const node : {&first, &second}) node->settle();
    a->on_durable();
    b->on_durable();
    fetching.run();
  }
  void pass(millis time) {
    first.now.steady += time;
    a->tick();
    b->tick();
    fetching.run();
  }
  state of_first() const { return a->follower()->current_state(); }

  log::test::log_node first, second;
  leader_script script;
  surroundings around{.self = self, .clock = first.now};
  fetchers fetching{around};
  std::optional<partition> a, b;
};

}  // namespace klamm::broker::replica::test
