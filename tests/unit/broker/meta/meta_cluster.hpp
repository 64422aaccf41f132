// A controller with a log in memory, and the brokers that talk to it.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "broker/meta/controller.hpp"
#include "broker/meta/features.hpp"
#include "broker/meta/partition_change.hpp"
#include "broker/meta/record.hpp"
#include "tests/unit/counting_entropy.hpp"

namespace klamm::broker::meta {

class memory_log final : public metadata_log {
 public:
  result<offset> append(std::span<const std::vector<std::byte>> records) override {
    if (refuses != error_code::none) return refuses;
    batches.emplace_back(records.begin(), records.end());
    end_ = end_ + static_cast<std::int64_t>(records.size());
    return end_;
  }
  offset end() const override { return end_; }
  leader_epoch epoch() const override { return leader_epoch(3); }
  /// What was not committed is lost.
  void truncate_to(std::size_t batch_count) {
    while (batches.size() > batch_count) {
      end_ = end_ - static_cast<std::int64_t>(batches.back().size());
      batches.pop_back();
    }
    ++truncations;
  }

  std::vector<std::vector<std::vector<std::byte>>> batches;
  error_code refuses = error_code::none;
  int truncations = 0;

 private:
  offset end_{0};
};

inline std::vector<node_id> ids(std::initializer_list<std::int32_t> numbers) {
  std::vector<node_id> list;
  for (const auto number : numbers) list.emplace_back(number);
  return list;
}

inline uuid number_uuid(std::uint8_t high, std::uint8_t low) {
  uuid id;
  id.bytes[0] = high;
  id.bytes[15] = low;
  return id;
}

inline wire::incremental_alter_configs_request config_change(std::string_view topic, std::string_view key,
                                                             std::string_view value) {
  wire::incremental_alter_configs_request request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = static_cast<std::int8_t>(resource_type::topic);
  resource.resource_name = topic;
  auto& config = resource.configs.emplace_back();
  config.name = key;
  config.value = value;
  return request;
}

/// A cluster whose controller is its node 100: no broker, unless a test wants that.
struct meta_cluster {
  static constexpr std::string_view cluster_id = "the-cluster";

  meta_cluster() { machine.activate(image()); }
  /// With live brokers 1 to `brokers`, all committed.
  explicit meta_cluster(std::int32_t brokers) : meta_cluster() {
    for (std::int32_t i = 1; i <= brokers; ++i) join(i);
    commit();
  }

  template <class Response, class Request>
  std::shared_ptr<std::optional<Response>> ask(const Request& request,
                                               void (controller::*how)(const Request&, reply<Response>)) {
    auto place = std::make_shared<std::optional<Response>>();
    const auto kept = std::make_shared<Request>(request);
    (machine.*how)(*kept, reply<Response>([place, kept](const Response& said) { *place = said; }));
    return place;
  }

  wire::broker_registration_request registration(std::int32_t id, std::uint8_t incarnation = 1) const {
    wire::broker_registration_request request;
    request.broker_id = node_id(id);
    request.cluster_id = cluster_id;
    request.incarnation_id = number_uuid(incarnation, static_cast<std::uint8_t>(id));
    request.log_dirs = {number_uuid(200, static_cast<std::uint8_t>(id))};
    for (const auto& feature : features) request.features.push_back({feature.name, feature.min, feature.max});
    return request;
  }
  /// Its error and its epoch, once committed.
  wire::broker_registration_response register_with(const wire::broker_registration_request& request) {
    const auto answer = ask<wire::broker_registration_response>(request, &controller::register_broker);
    commit();
    REQUIRE(*answer);
    if ((*answer)->error_code == error_code::none) epochs[request.broker_id.value] = (*answer)->broker_epoch;
    return **answer;
  }
  wire::broker_heartbeat_request heartbeat(std::int32_t id) const {
    wire::broker_heartbeat_request request;
    request.broker_id = node_id(id);
    request.broker_epoch = epochs.at(id);
    request.current_metadata_offset = log.end() - 1;
    return request;
  }
  auto beat(const wire::broker_heartbeat_request& request) {
    return ask<wire::broker_heartbeat_response>(request, &controller::heartbeat);
  }
  wire::broker_heartbeat_response beat(std::int32_t id, bool fence = false, bool shut_down = false) {
    auto request = heartbeat(id);
    request.want_fence = fence;
    request.want_shut_down = shut_down;
    const auto answer = beat(request);
    commit();
    REQUIRE(*answer);
    return **answer;
  }
  void join(std::int32_t id, std::uint8_t incarnation = 1) {
    REQUIRE(register_with(registration(id, incarnation)).error_code == error_code::none);
    REQUIRE(!beat(id).is_fenced);
  }
  /// The broker says nothing more, and the others do.
  void lose(std::initializer_list<std::int32_t> silent) {
    pass(millis(5000));
    for (const auto& [id, epoch] : epochs)
      if (std::find(silent.begin(), silent.end(), id) == silent.end() && !broker(id).fenced) beat(id);
    pass(millis(4001));
  }
  void pass(duration time) {
    clock.steady += time;
    machine.tick();
    commit();
  }
  void commit() { machine.on_committed(log.end()); }

  /// Makes a topic of one partition for each list of replicas.
  void create(std::string_view name, std::initializer_list<std::initializer_list<std::int32_t>> partitions) {
    wire::create_topics_request request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = -1;
    topic.replication_factor = -1;
    std::int32_t index = 0;
    for (const auto& replicas : partitions) {
      auto& to = topic.assignments.emplace_back();
      to.partition_index = partition_id(index++);
      to.broker_ids = ids(replicas);
    }
    const auto answer = ask<wire::create_topics_response>(request, &controller::create_topics);
    commit();
    pass(millis(1000));  // not every broker says that it has applied it
    REQUIRE(*answer);
    REQUIRE((*answer)->topics.at(0).error_code == error_code::none);
  }
  void configure(std::string_view topic, std::string_view key, std::string_view value) {
    const auto answer = ask<wire::incremental_alter_configs_response>(config_change(topic, key, value),
                                                                      &controller::incremental_alter_configs);
    commit();
    pass(millis(1000));
    REQUIRE((*answer)->responses.at(0).error_code == error_code::none);
  }

  /// What the log says: replayed anew, as any other node would.
  const image& state() const {
    if (std::exchange(seen_.truncations, log.truncations) != log.truncations)
      seen_ = {.truncations = log.truncations};
    for (; seen_.batches < log.batches.size(); ++seen_.batches)
      for (const auto& bytes : log.batches[seen_.batches]) {
        const auto record = decode_record(bytes);
        REQUIRE(record);
        seen_.builder.replay(*record, offset(seen_.records++), log.epoch());
      }
    return seen_.builder.current();
  }
  broker_image broker(std::int32_t id) const {
    const auto* const found = state().broker(node_id(id));
    REQUIRE(found);
    return *found;
  }
  partition_image partition(std::string_view topic, std::int32_t id = 0) const {
    const auto found = state().topics->find(topic);
    REQUIRE(found);
    REQUIRE(found->partition(partition_id(id)));
    return *found->partition(partition_id(id));
  }
  uuid topic_id(std::string_view topic) const { return state().topics->find(topic)->id; }

  /// The leader's request for its only partition.
  wire::alter_partition_request isr_request(std::string_view topic,
                                            std::initializer_list<std::int32_t> isr) const {
    const auto now = partition(topic);
    wire::alter_partition_request request;
    request.broker_id = now.leader;
    request.broker_epoch = epochs.at(now.leader.value);
    auto& asked = request.topics.emplace_back();
    asked.topic_id = topic_id(topic);
    auto& wanted = asked.partitions.emplace_back();
    wanted.partition_index = partition_id(0);
    wanted.leader_epoch = now.leader_epoch;
    wanted.partition_epoch = now.partition_epoch;
    for (const auto id : isr) wanted.new_isr_with_epochs.push_back({node_id(id), epochs.at(id)});
    return request;
  }
  wire::alter_partition_response alter(const wire::alter_partition_request& request) {
    const auto answer = ask<wire::alter_partition_response>(request, &controller::alter_partition);
    commit();
    REQUIRE(*answer);
    return **answer;
  }
  error_code set_isr(std::string_view topic, std::initializer_list<std::int32_t> isr) {
    return alter(isr_request(topic, isr)).topics.at(0).partitions.at(0).error_code;
  }

  instant clock;
  memory_log log;
  klamm::test::counting_entropy entropy;
  config_map own;
  controller machine{log, clock, entropy, rng(1), own, node_id(100), std::string(cluster_id)};
  std::map<std::int32_t, std::int64_t> epochs;

 private:
  struct replayed {
    image_builder builder{};
    std::size_t batches = 0;
    std::int64_t records = 0;
    int truncations = 0;
  };
  mutable replayed seen_;
};

}  // namespace klamm::broker::meta
