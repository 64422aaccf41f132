#include "api/admin_convert.hpp"

#include "base/uuid.hpp"

namespace klamm::api {
namespace {

std::vector<NodeId> nodes(const std::vector<node_id>& from) {
  std::vector<NodeId> all;
  for (const auto id : from) all.emplace_back(id.value);
  return all;
}

// Kafka's numbers for where a value comes from: 5 is the broker's default.
constexpr std::int8_t default_source = 5;

}  // namespace

TopicDescription to_public(const client::topic_view& topic) {
  TopicDescription to{.name = topic.name,
                      .id = topic.id == uuid() ? "" : to_string(topic.id),
                      .internal = topic.internal,
                      .partitions = {}};
  for (const auto& p : topic.partitions)
    to.partitions.push_back({.partition = Partition(p.id.value),
                             .leader = NodeId(p.leader.value),
                             .leader_epoch = p.leader_epoch.value,
                             .replicas = nodes(p.replicas),
                             .in_sync = nodes(p.in_sync),
                             .offline = nodes(p.offline)});
  return to;
}

TopicListing to_listing(const client::topic_view& topic) {
  return {topic.name, topic.id == uuid() ? "" : to_string(topic.id), topic.internal};
}

ClusterDescription to_public(const client::admin::cluster_description& cluster) {
  ClusterDescription to{
      .cluster_id = cluster.cluster_id, .controller = NodeId(cluster.controller.value), .nodes = {}};
  for (const auto& node : cluster.brokers)
    to.nodes.push_back({NodeId(node.id.value), node.host, node.port, node.rack.value_or("")});
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

client::admin::new_topic to_internal(const NewTopic& topic) {
  client::admin::new_topic to;
  to.name = topic.name;
  to.partitions = topic.partitions;
  to.replication = static_cast<std::int16_t>(topic.replication);
  for (const auto& entry : topic.configs) to.configs.emplace_back(entry.name, entry.value);
  return to;
}

OffsetInfo to_public(const client::offset_at_time& place) {
  OffsetInfo to{
      .offset = Offset(place.offset.value), .timestamp = {}, .leader_epoch = place.leader_epoch.value};
  if (place.timestamp.value >= 0) to.timestamp = Timestamp(Millis(place.timestamp.value));
  return to;
}

}  // namespace klamm::api
