#include "api/admin_convert.hpp"

#include <algorithm>

#include "base/uuid.hpp"

namespace klamm::api {
namespace {

std::vector<NodeId> nodes(const std::vector<node_id>& from) {
  std::vector<NodeId> all;
  all.reserve(from.size());
  for (const auto id : from) all.emplace_back(id.value);
  return all;
}

std::vector<node_id> node_ids(const std::vector<NodeId>& from) {
  std::vector<node_id> all;
  all.reserve(from.size());
  for (const auto id : from) all.emplace_back(id.value);
  return all;
}

ByteSize size_of(std::int64_t bytes) {
  return ByteSize(static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0)));
}

std::string text_of(const uuid& id) { return id == uuid() ? "" : to_string(id); }

std::optional<Timestamp> known(timestamp at) {
  return at.value < 0 ? std::nullopt : std::optional(Timestamp(Millis(at.value)));
}

std::vector<QuorumReplica> replicas(const std::vector<client::admin::quorum_replica>& from) {
  std::vector<QuorumReplica> all;
  all.reserve(from.size());
  for (const auto& r : from)
    all.push_back({NodeId(r.id.value), text_of(r.directory), Offset(r.log_end.value), known(r.last_fetch),
                   known(r.last_caught_up)});
  return all;
}

// Kafka's numbers for where a value comes from: 5 is the broker's default.
constexpr std::int8_t default_source = 5;

}  // namespace

TopicDescription to_public(const client::admin::topic_description& topic) {
  const auto& view = topic.view;
  TopicDescription to{.name = view.name, .id = text_of(view.id), .internal = view.internal, .partitions = {}};
  for (std::size_t i = 0; i < view.partitions.size(); ++i) {
    const auto& p = view.partitions[i];
    auto& added = to.partitions.emplace_back(PartitionDescription{.partition = Partition(p.id.value),
                                                                  .leader = NodeId(p.leader.value),
                                                                  .leader_epoch = p.leader_epoch.value,
                                                                  .replicas = nodes(p.replicas),
                                                                  .in_sync = nodes(p.in_sync),
                                                                  .offline = nodes(p.offline)});
    if (i >= topic.eligible.size()) continue;
    added.eligible_leaders = nodes(topic.eligible[i].now);
    added.last_known_eligible_leaders = nodes(topic.eligible[i].last_known);
  }
  return to;
}

TopicListing to_listing(const client::admin::topic_description& topic) {
  return {topic.view.name, text_of(topic.view.id), topic.view.internal};
}

ClusterDescription to_public(const client::admin::cluster_description& cluster) {
  ClusterDescription to{
      .cluster_id = cluster.cluster_id, .controller = NodeId(cluster.controller.value), .nodes = {}};
  for (const auto& node : cluster.brokers)
    to.nodes.push_back({NodeId(node.id.value), node.host, node.port, node.rack.value_or("")});
  return to;
}

QuorumInfo to_public(const client::admin::quorum_description& quorum) {
  QuorumInfo to{.leader = NodeId(quorum.leader.value),
                .leader_epoch = quorum.leader_epoch.value,
                .high_watermark = Offset(quorum.high_watermark.value),
                .voters = replicas(quorum.voters),
                .observers = replicas(quorum.observers),
                .endpoints = {}};
  for (const auto& at : quorum.endpoints)
    to.endpoints.push_back({NodeId(at.node.value), at.listener, at.host, at.port});
  return to;
}

FeatureMetadata to_public(const client::admin::feature_description& features) {
  FeatureMetadata to{.finalized = features.finalized, .epoch = features.epoch, .supported = {}};
  for (const auto& [name, range] : features.supported)
    to.supported.emplace(name, VersionRange{range.min, range.max});
  return to;
}

PartitionReassignment to_public(const client::admin::reassignment& reassignment) {
  return {to_public(reassignment.at), nodes(reassignment.replicas), nodes(reassignment.adding),
          nodes(reassignment.removing)};
}

client::admin::reassignment_request to_internal(const NewPartitionReassignment& reassignment) {
  client::admin::reassignment_request to{to_internal(reassignment.at), std::nullopt};
  if (!reassignment.replicas) return to;
  to.replicas = node_ids(*reassignment.replicas);
  return to;
}

GroupListing to_public(const client::admin::listed_group& group) {
  return {group.id, group.protocol_type, group.state, group.type};
}

GroupDescription to_public(const client::admin::group_description& group) {
  GroupDescription to{.id = group.id,
                      .state = group.state,
                      .protocol_type = group.protocol_type,
                      .assignor = group.protocol,
                      .coordinator = NodeId(group.coordinator.value),
                      .members = {}};
  for (const auto& member : group.members) {
    auto& m = to.members.emplace_back(
        GroupMember{member.id, member.instance_id.value_or(""), member.client_id, member.client_host, {}});
    for (const auto& at : member.assignment) m.assignment.push_back(to_public(at));
  }
  return to;
}

ProducerState to_public(const client::admin::producer_state& producer) {
  ProducerState to{.producer_id = producer.id.value,
                   .producer_epoch = producer.epoch,
                   .last_sequence = producer.last_sequence,
                   .last_timestamp = known(producer.last_timestamp)};
  if (producer.coordinator_epoch >= 0) to.coordinator_epoch = producer.coordinator_epoch;
  if (producer.transaction_start.value >= 0) to.transaction_start = Offset(producer.transaction_start.value);
  return to;
}

TransactionListing to_public(const client::admin::listed_transaction& transaction) {
  return {transaction.id, transaction.producer.value, transaction.state};
}

TransactionDescription to_public(const client::admin::transaction_description& transaction) {
  TransactionDescription to{.transactional_id = transaction.id,
                            .state = transaction.state,
                            .coordinator = NodeId(transaction.coordinator.value),
                            .producer_id = transaction.producer.value,
                            .producer_epoch = transaction.epoch.value,
                            .timeout = transaction.timeout,
                            .started = known(transaction.started)};
  for (const auto& at : transaction.partitions) to.partitions.push_back(to_public(at));
  return to;
}

client::admin::transaction_filter to_internal(const TransactionFilter& which) {
  client::admin::transaction_filter to{
      which.states, {}, which.longer_than.value_or(Millis(-1)), which.pattern};
  for (const auto id : which.producer_ids) to.producers.emplace_back(id);
  return to;
}

ConfigValue to_public(const client::admin::config_entry& entry) {
  return {entry.name, entry.value, entry.source == default_source, entry.read_only, entry.sensitive};
}

ConfigResource to_public(const client::admin::config_resource& resource) {
  const bool topic = resource.type == client::admin::config_resource_type::topic;
  return {topic ? ConfigResource::topic : ConfigResource::broker, resource.name};
}

client::admin::config_resource to_internal(const ConfigResource& resource) {
  using type = client::admin::config_resource_type;
  return {resource.kind == ConfigResource::topic ? type::topic : type::broker, resource.name};
}

client::admin::more_partitions to_internal(const NewPartitions& partitions) {
  client::admin::more_partitions to{partitions.topic, partitions.total, {}};
  for (const auto& replicas : partitions.assignment) to.assignment.push_back(node_ids(replicas));
  return to;
}

LogDirDescription to_public(const client::admin::log_dir& directory) {
  LogDirDescription to{.path = directory.path, .cordoned = directory.cordoned};
  if (!directory.state)
    to.error =
        to_error(directory.state.failure(), {.operation = "read the directory \"" + directory.path + "\""});
  if (directory.total_bytes >= 0) to.total = size_of(directory.total_bytes);
  if (directory.usable_bytes >= 0) to.usable = size_of(directory.usable_bytes);
  for (const auto& r : directory.replicas)
    to.replicas.push_back({to_public(r.at), size_of(r.size), r.lag, r.future});
  return to;
}

client::admin::new_topic to_internal(const NewTopic& topic) {
  client::admin::new_topic to;
  to.name = topic.name;
  to.partitions = topic.partitions;
  to.replication = topic.replication;
  for (const auto& entry : topic.configs) to.configs.emplace_back(entry.name, entry.value);
  return to;
}

OffsetInfo to_public(const client::offset_at_time& place) {
  return {.offset = Offset(place.offset.value),
          .timestamp = known(place.timestamp),
          .leader_epoch = place.leader_epoch.value};
}

}  // namespace klamm::api
