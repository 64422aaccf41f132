#include "broker/meta/image_records.hpp"

#include "broker/meta/record.hpp"

namespace klamm::broker::meta {
namespace {

using encoded_records = std::vector<std::vector<std::byte>>;

void add_cluster(const cluster_image& cluster, encoded_records& to) {
  for (const auto& [name, level] : cluster.features) {
    wire::feature_level_record record;
    record.name = name;
    record.feature_level = level;
    to.push_back(encode_record(record));
  }
  for (const auto& [id, broker] : cluster.brokers)
    to.push_back(encode_record(registration_record(id, broker)));
  for (const auto& [id, controller] : cluster.controllers)
    to.push_back(encode_record(registration_record(id, controller)));
  if (cluster.next_producer_id > 0) {
    wire::producer_ids_record record;
    record.next_producer_id = producer_id(cluster.next_producer_id);
    to.push_back(encode_record(record));
  }
}

void add_topic(const topic_image& topic, encoded_records& to) {
  wire::topic_record record;
  record.name = topic.name;
  record.topic_id = topic.id;
  to.push_back(encode_record(record));
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const auto& p = topic.partitions[i];
    wire::partition_record partition;
    partition.partition_id = partition_id(static_cast<std::int32_t>(i));
    partition.topic_id = topic.id;
    partition.replicas = p.replicas;
    partition.isr = p.isr;
    partition.removing_replicas = p.removing;
    partition.adding_replicas = p.adding;
    partition.leader = p.leader;
    partition.leader_recovery_state = p.leader_recovery_state;
    partition.leader_epoch = p.leader_epoch;
    partition.partition_epoch = p.partition_epoch;
    partition.directories = p.directories;
    if (!p.eligible_leaders.empty()) partition.eligible_leader_replicas = p.eligible_leaders;
    if (!p.last_known_eligible.empty()) partition.last_known_elr = p.last_known_eligible;
    to.push_back(encode_record(partition));
  }
}

/// What brokers and controllers say alike: where they are, and what they can do.
void add_abilities(const auto& node, auto& record) {
  for (const auto& endpoint : node.endpoints) {
    auto& to = record.end_points.emplace_back();
    to.name = endpoint.name;
    to.host = endpoint.host;
    to.port = endpoint.port;
    to.security_protocol = endpoint.security_protocol;
  }
  for (const auto& feature : node.features) {
    auto& to = record.features.emplace_back();
    to.name = feature.name;
    to.min_supported_version = feature.min;
    to.max_supported_version = feature.max;
  }
}

}  // namespace

wire::register_broker_record registration_record(node_id id, const broker_image& broker) {
  wire::register_broker_record record;
  record.broker_id = id;
  record.incarnation_id = broker.incarnation;
  record.broker_epoch = broker.epoch;
  add_abilities(broker, record);
  record.rack = broker.rack;
  record.fenced = broker.fenced;
  record.in_controlled_shutdown = broker.in_controlled_shutdown;
  record.log_dirs = broker.log_dirs;
  if (!broker.cordoned_log_dirs.empty()) record.cordoned_log_dirs = broker.cordoned_log_dirs;
  return record;
}

wire::register_controller_record registration_record(node_id id, const controller_image& controller) {
  wire::register_controller_record record;
  record.controller_id = id;
  record.incarnation_id = controller.incarnation;
  record.zk_migration_ready = controller.zk_migration_ready;
  add_abilities(controller, record);
  return record;
}

std::vector<std::vector<std::byte>> encode_image(const image& state) {
  encoded_records records;
  add_cluster(*state.cluster, records);
  for (const auto& [name, topic] : state.topics->by_name) add_topic(*topic, records);
  for (const auto& [resource, values] : *state.configs) {
    for (const auto& [name, value] : values) {
      wire::config_record record;
      record.resource_type = static_cast<std::int8_t>(resource.type);
      record.resource_name = resource.name;
      record.name = name;
      record.value = value;
      records.push_back(encode_record(record));
    }
  }
  return records;
}

}  // namespace klamm::broker::meta
