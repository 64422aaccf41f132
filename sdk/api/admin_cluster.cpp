// Operations on the cluster: its quorum and features, its partitions' leaders and replicas.
#include <utility>

#include <klamm/admin.hpp>

#include "api/admin_client.hpp"
#include "api/admin_convert.hpp"

namespace klamm {
inline namespace v1 {

using api::administer;
using api::answered;
using api::outcomes;
using client::administration;

detail::Deferred<ClusterDescription> AdminCluster::defer_describe_cluster() {
  return administer<ClusterDescription>(*this, "describe the cluster", &administration::describe_cluster,
                                        answered(api::publicly));
}

detail::Deferred<QuorumInfo> AdminCluster::defer_describe_quorum() {
  return administer<QuorumInfo>(*this, "describe the quorum", &administration::describe_quorum,
                                answered(api::publicly));
}

detail::Deferred<FeatureMetadata> AdminCluster::defer_describe_features() {
  return administer<FeatureMetadata>(*this, "describe the features", &administration::describe_features,
                                     answered(api::publicly));
}

detail::Deferred<PerItem<std::string, void>> AdminCluster::defer_update_features(
    ListRef<FeatureUpdate> updates) {
  std::vector<client::admin::feature_update> asked;
  for (const auto& u : updates)
    asked.push_back({u.name, u.level, static_cast<client::admin::upgrade_type>(u.type)});
  return administer<PerItem<std::string, void>>(*this, "update features", &administration::update_features,
                                                outcomes<std::string>("update feature"), std::move(asked),
                                                false);
}

detail::Deferred<PerItem<NodeId, std::vector<LogDirDescription>>> AdminCluster::defer_describe_log_dirs(
    ListRef<NodeId> brokers) {
  using directories = std::vector<LogDirDescription>;
  std::vector<node_id> asked;
  for (const auto id : brokers) asked.emplace_back(id.value);
  return administer<PerItem<NodeId, directories>>(
      *this, "describe log directories", &administration::describe_log_dirs,
      outcomes<NodeId, directories>("describe the log directories of broker", api::publicly_each),
      std::move(asked));
}

detail::Deferred<PerItem<TopicPartition, void>> AdminCluster::defer_elect_leaders(
    ElectionType type, ListRef<TopicPartition> of) {
  const auto kind = type == ElectionType::preferred ? client::admin::election_type::preferred
                                                    : client::admin::election_type::unclean;
  return administer<PerItem<TopicPartition, void>>(*this, "elect leaders", &administration::elect_leaders,
                                                   outcomes<TopicPartition>("elect a leader of"), kind,
                                                   api::to_internal(of));
}

detail::Deferred<PerItem<TopicPartition, void>> AdminCluster::defer_alter_partition_reassignments(
    ListRef<NewPartitionReassignment> to) {
  std::vector<client::admin::reassignment_request> asked;
  for (const auto& one : to) asked.push_back(api::to_internal(one));
  return administer<PerItem<TopicPartition, void>>(*this, "reassign partitions",
                                                   &administration::alter_reassignments,
                                                   outcomes<TopicPartition>("reassign"), std::move(asked));
}

detail::Deferred<std::vector<PartitionReassignment>> AdminCluster::defer_list_partition_reassignments(
    ListRef<TopicPartition> of) {
  return administer<std::vector<PartitionReassignment>>(*this, "list reassignments",
                                                        &administration::list_reassignments,
                                                        answered(api::publicly_each), api::to_internal(of));
}

detail::Deferred<void> AdminCluster::defer_unregister_broker(NodeId broker) {
  return administer<void>(*this, "unregister a broker", &administration::unregister_broker, api::done,
                          node_id(broker.value));
}

detail::Deferred<void> AdminCluster::defer_add_raft_voter(NodeId voter, std::string_view directory_id,
                                                          ListRef<QuorumEndpoint> endpoints) {
  client::admin::raft_voter added{node_id(voter.value), std::string(directory_id), {}};
  for (const auto& at : endpoints)
    added.endpoints.push_back({added.id, at.listener, at.host, static_cast<std::uint16_t>(at.port)});
  return administer<void>(*this, "add a voter", &administration::add_raft_voter, api::done, std::move(added));
}

detail::Deferred<void> AdminCluster::defer_remove_raft_voter(NodeId voter, std::string_view directory_id) {
  return administer<void>(*this, "remove a voter", &administration::remove_raft_voter, api::done,
                          client::admin::raft_voter{node_id(voter.value), std::string(directory_id), {}});
}

}  // namespace v1
}  // namespace klamm
