// The blocking form of each operation: the awaited one, waited for.
#include <klamm/admin.hpp>

#include "api/admin_client.hpp"

namespace klamm {
inline namespace v1 {

Result<TopicInfo> Admin::create_topic(const NewTopic& topic, as_result_t) noexcept {
  return api::wait_for(*client_->engine, "create a topic", defer_create_topic(topic));
}
Result<PerItem<std::string, TopicInfo>> Admin::create_topics(ListRef<NewTopic> topics, as_result_t) noexcept {
  return api::wait_for(*client_->engine, "create topics", defer_create_topics(topics));
}
Result<PerItem<std::string, void>> Admin::delete_topics(ListRef<std::string_view> topics,
                                                        as_result_t) noexcept {
  return api::wait_for(*client_->engine, "delete topics", defer_delete_topics(topics));
}
Result<std::vector<TopicListing>> Admin::list_topics(as_result_t) noexcept {
  return api::wait_for(*client_->engine, "list topics", defer_list_topics());
}
Result<PerItem<std::string, TopicDescription>> Admin::describe_topics(ListRef<std::string_view> topics,
                                                                      as_result_t) noexcept {
  return api::wait_for(*client_->engine, "describe topics", defer_describe_topics(topics));
}
Result<PerItem<TopicPartition, OffsetInfo>> Admin::list_offsets(
    ListRef<std::pair<TopicPartition, OffsetSpec>> asked, as_result_t) noexcept {
  return api::wait_for(*client_->engine, "list offsets", defer_list_offsets(asked));
}
Result<std::vector<GroupListing>> Admin::list_groups(as_result_t) noexcept {
  return api::wait_for(*client_->engine, "list groups", defer_list_groups());
}
Result<PerItem<std::string, GroupDescription>> Admin::describe_groups(ListRef<std::string_view> groups,
                                                                      as_result_t) noexcept {
  return api::wait_for(*client_->engine, "describe groups", defer_describe_groups(groups));
}
Result<PerItem<std::string, void>> Admin::delete_groups(ListRef<std::string_view> groups,
                                                        as_result_t) noexcept {
  return api::wait_for(*client_->engine, "delete groups", defer_delete_groups(groups));
}
Result<PerItem<std::string, std::vector<TopicPartitionOffset>>> Admin::committed_offsets(
    ListRef<std::string_view> groups, as_result_t) noexcept {
  return api::wait_for(*client_->engine, "read committed offsets", defer_committed_offsets(groups));
}
Result<PerItem<TopicPartition, void>> Admin::reset_offsets(std::string_view group,
                                                           ListRef<TopicPartitionOffset> offsets,
                                                           as_result_t) noexcept {
  return api::wait_for(*client_->engine, "reset offsets", defer_reset_offsets(group, offsets));
}
Result<PerItem<std::string, std::vector<PartitionLag>>> Admin::group_lag(ListRef<std::string_view> groups,
                                                                         as_result_t) noexcept {
  return api::wait_for(*client_->engine, "read a group's lag", defer_group_lag(groups));
}
Result<ClusterDescription> Admin::describe_cluster(as_result_t) noexcept {
  return api::wait_for(*client_->engine, "describe the cluster", defer_describe_cluster());
}
Result<QuorumInfo> Admin::describe_quorum(as_result_t) noexcept {
  return api::wait_for(*client_->engine, "describe the quorum", defer_describe_quorum());
}
Result<FeatureMetadata> Admin::describe_features(as_result_t) noexcept {
  return api::wait_for(*client_->engine, "describe the features", defer_describe_features());
}
Result<PerItem<TopicPartition, void>> Admin::elect_leaders(ElectionType type, ListRef<TopicPartition> of,
                                                           as_result_t) noexcept {
  return api::wait_for(*client_->engine, "elect leaders", defer_elect_leaders(type, of));
}
Result<PerItem<TopicPartition, void>> Admin::alter_partition_reassignments(
    ListRef<NewPartitionReassignment> to, as_result_t) noexcept {
  return api::wait_for(*client_->engine, "reassign partitions", defer_alter_partition_reassignments(to));
}
Result<std::vector<PartitionReassignment>> Admin::list_partition_reassignments(ListRef<TopicPartition> of,
                                                                               as_result_t) noexcept {
  return api::wait_for(*client_->engine, "list reassignments", defer_list_partition_reassignments(of));
}
Result<void> Admin::unregister_broker(NodeId broker, as_result_t) noexcept {
  return api::wait_for(*client_->engine, "unregister a broker", defer_unregister_broker(broker));
}
Result<void> Admin::add_raft_voter(NodeId voter, std::string_view directory_id,
                                   ListRef<QuorumEndpoint> endpoints, as_result_t) noexcept {
  return api::wait_for(*client_->engine, "add a voter", defer_add_raft_voter(voter, directory_id, endpoints));
}
Result<void> Admin::remove_raft_voter(NodeId voter, std::string_view directory_id, as_result_t) noexcept {
  return api::wait_for(*client_->engine, "remove a voter", defer_remove_raft_voter(voter, directory_id));
}
Result<PerItem<ConfigResource, std::vector<ConfigValue>>> Admin::describe_configs(
    ListRef<ConfigResource> resources, as_result_t) noexcept {
  return api::wait_for(*client_->engine, "describe configurations", defer_describe_configs(resources));
}
Result<void> Admin::alter_configs(const ConfigResource& resource, ListRef<ConfigChange> changes,
                                  as_result_t) noexcept {
  return api::wait_for(*client_->engine, "alter a configuration", defer_alter_configs(resource, changes));
}

}  // namespace v1
}  // namespace klamm
