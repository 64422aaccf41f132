// The blocking form of each operation: the awaited one, waited for.
#include <klamm/admin.hpp>

#include "api/admin_client.hpp"

namespace klamm {
inline namespace v1 {

using api::wait;

Result<TopicInfo> Admin::create_topic(const NewTopic& topic, as_result_t) noexcept {
  return wait(*this, "create a topic", defer_create_topic(topic));
}
Result<PerItem<std::string, TopicInfo>> Admin::create_topics(ListRef<NewTopic> topics, as_result_t) noexcept {
  return wait(*this, "create topics", defer_create_topics(topics));
}
Result<PerItem<std::string, void>> Admin::delete_topics(ListRef<std::string_view> topics,
                                                        as_result_t) noexcept {
  return wait(*this, "delete topics", defer_delete_topics(topics));
}
Result<std::vector<TopicListing>> Admin::list_topics(as_result_t) noexcept {
  return wait(*this, "list topics", defer_list_topics());
}
Result<PerItem<std::string, TopicDescription>> Admin::describe_topics(ListRef<std::string_view> topics,
                                                                      as_result_t) noexcept {
  return wait(*this, "describe topics", defer_describe_topics(topics));
}
Result<PerItem<TopicPartition, OffsetInfo>> Admin::list_offsets(
    ListRef<std::pair<TopicPartition, OffsetSpec>> asked, as_result_t) noexcept {
  return wait(*this, "list offsets", defer_list_offsets(asked));
}
Result<PerItem<ConfigResource, std::vector<ConfigValue>>> Admin::describe_configs(
    ListRef<ConfigResource> resources, as_result_t) noexcept {
  return wait(*this, "describe configurations", defer_describe_configs(resources));
}
Result<void> Admin::alter_configs(const ConfigResource& resource, ListRef<ConfigChange> changes,
                                  as_result_t) noexcept {
  return wait(*this, "alter a configuration", defer_alter_configs(resource, changes));
}
Result<PerItem<TopicPartition, Offset>> Admin::delete_records(
    ListRef<std::pair<TopicPartition, Offset>> before, as_result_t) noexcept {
  return wait(*this, "delete records", defer_delete_records(before));
}
Result<PerItem<std::string, void>> Admin::create_partitions(ListRef<NewPartitions> topics,
                                                            as_result_t) noexcept {
  return wait(*this, "create partitions", defer_create_partitions(topics));
}

Result<std::vector<GroupListing>> AdminGroups::list_groups(as_result_t) noexcept {
  return wait(*this, "list groups", defer_list_groups());
}
Result<PerItem<std::string, GroupDescription>> AdminGroups::describe_groups(ListRef<std::string_view> groups,
                                                                            as_result_t) noexcept {
  return wait(*this, "describe groups", defer_describe_groups(groups));
}
Result<PerItem<std::string, void>> AdminGroups::delete_groups(ListRef<std::string_view> groups,
                                                              as_result_t) noexcept {
  return wait(*this, "delete groups", defer_delete_groups(groups));
}
Result<PerItem<std::string, std::vector<TopicPartitionOffset>>> AdminGroups::committed_offsets(
    ListRef<std::string_view> groups, as_result_t) noexcept {
  return wait(*this, "read committed offsets", defer_committed_offsets(groups));
}
Result<PerItem<TopicPartition, void>> AdminGroups::reset_offsets(std::string_view group,
                                                                 ListRef<TopicPartitionOffset> offsets,
                                                                 as_result_t) noexcept {
  return wait(*this, "reset offsets", defer_reset_offsets(group, offsets));
}
Result<PerItem<std::string, std::vector<PartitionLag>>> AdminGroups::group_lag(
    ListRef<std::string_view> groups, as_result_t) noexcept {
  return wait(*this, "read a group's lag", defer_group_lag(groups));
}
Result<PerItem<TopicPartition, void>> AdminGroups::delete_offsets(std::string_view group,
                                                                  ListRef<TopicPartition> of,
                                                                  as_result_t) noexcept {
  return wait(*this, "delete offsets", defer_delete_offsets(group, of));
}
Result<PerItem<std::string, void>> AdminGroups::remove_members(std::string_view group,
                                                               ListRef<GroupMemberId> members,
                                                               as_result_t) noexcept {
  return wait(*this, "remove members", defer_remove_members(group, members));
}

Result<ClusterDescription> AdminCluster::describe_cluster(as_result_t) noexcept {
  return wait(*this, "describe the cluster", defer_describe_cluster());
}
Result<QuorumInfo> AdminCluster::describe_quorum(as_result_t) noexcept {
  return wait(*this, "describe the quorum", defer_describe_quorum());
}
Result<FeatureMetadata> AdminCluster::describe_features(as_result_t) noexcept {
  return wait(*this, "describe the features", defer_describe_features());
}
Result<PerItem<TopicPartition, void>> AdminCluster::elect_leaders(ElectionType type,
                                                                  ListRef<TopicPartition> of,
                                                                  as_result_t) noexcept {
  return wait(*this, "elect leaders", defer_elect_leaders(type, of));
}
Result<PerItem<TopicPartition, void>> AdminCluster::alter_partition_reassignments(
    ListRef<NewPartitionReassignment> to, as_result_t) noexcept {
  return wait(*this, "reassign partitions", defer_alter_partition_reassignments(to));
}
Result<std::vector<PartitionReassignment>> AdminCluster::list_partition_reassignments(
    ListRef<TopicPartition> of, as_result_t) noexcept {
  return wait(*this, "list reassignments", defer_list_partition_reassignments(of));
}
Result<void> AdminCluster::unregister_broker(NodeId broker, as_result_t) noexcept {
  return wait(*this, "unregister a broker", defer_unregister_broker(broker));
}
Result<void> AdminCluster::add_raft_voter(NodeId voter, std::string_view directory_id,
                                          ListRef<QuorumEndpoint> endpoints, as_result_t) noexcept {
  return wait(*this, "add a voter", defer_add_raft_voter(voter, directory_id, endpoints));
}
Result<void> AdminCluster::remove_raft_voter(NodeId voter, std::string_view directory_id,
                                             as_result_t) noexcept {
  return wait(*this, "remove a voter", defer_remove_raft_voter(voter, directory_id));
}
Result<PerItem<std::string, void>> AdminCluster::update_features(ListRef<FeatureUpdate> updates,
                                                                 as_result_t) noexcept {
  return wait(*this, "update features", defer_update_features(updates));
}
Result<PerItem<NodeId, std::vector<LogDirDescription>>> AdminCluster::describe_log_dirs(
    ListRef<NodeId> brokers, as_result_t) noexcept {
  return wait(*this, "describe log directories", defer_describe_log_dirs(brokers));
}

Result<PerItem<TopicPartition, std::vector<ProducerState>>> AdminTransactions::describe_producers(
    ListRef<TopicPartition> of, as_result_t) noexcept {
  return wait(*this, "describe producers", defer_describe_producers(of));
}
Result<std::vector<TransactionListing>> AdminTransactions::list_transactions(const TransactionFilter& which,
                                                                             as_result_t) noexcept {
  return wait(*this, "list transactions", defer_list_transactions(which));
}
Result<PerItem<std::string, TransactionDescription>> AdminTransactions::describe_transactions(
    ListRef<std::string_view> transactional_ids, as_result_t) noexcept {
  return wait(*this, "describe transactions", defer_describe_transactions(transactional_ids));
}
Result<void> AdminTransactions::abort_transaction(const HangingTransaction& which, as_result_t) noexcept {
  return wait(*this, "abort a transaction", defer_abort_transaction(which));
}

Result<std::vector<AclBinding>> AdminAccess::describe_acls(const AclFilter& which, as_result_t) noexcept {
  return wait(*this, "describe ACLs", defer_describe_acls(which));
}
Result<PerItem<AclBinding, void>> AdminAccess::create_acls(ListRef<AclBinding> acls, as_result_t) noexcept {
  return wait(*this, "create ACLs", defer_create_acls(acls));
}
Result<PerItem<AclFilter, std::vector<AclBinding>>> AdminAccess::delete_acls(ListRef<AclFilter> which,
                                                                             as_result_t) noexcept {
  return wait(*this, "delete ACLs", defer_delete_acls(which));
}
Result<PerItem<std::string, std::vector<ScramCredentialInfo>>> AdminAccess::describe_user_scram_credentials(
    ListRef<std::string_view> users, as_result_t) noexcept {
  return wait(*this, "describe SCRAM credentials", defer_describe_user_scram_credentials(users));
}
Result<PerItem<std::string, void>> AdminAccess::alter_user_scram_credentials(
    ListRef<ScramCredentialChange> changes, as_result_t) noexcept {
  return wait(*this, "alter SCRAM credentials", defer_alter_user_scram_credentials(changes));
}
Result<std::vector<ClientQuota>> AdminAccess::describe_client_quotas(ListRef<QuotaMatch> which, bool strict,
                                                                     as_result_t) noexcept {
  return wait(*this, "describe quotas", defer_describe_client_quotas(which, strict));
}
Result<PerItem<QuotaEntity, void>> AdminAccess::alter_client_quotas(ListRef<ClientQuotaChange> changes,
                                                                    as_result_t) noexcept {
  return wait(*this, "alter quotas", defer_alter_client_quotas(changes));
}
Result<DelegationToken> AdminAccess::create_delegation_token(const NewDelegationToken& token,
                                                             as_result_t) noexcept {
  return wait(*this, "create a delegation token", defer_create_delegation_token(token));
}
Result<Timestamp> AdminAccess::renew_delegation_token(std::string_view hmac, std::optional<Millis> period,
                                                      as_result_t) noexcept {
  return wait(*this, "renew a delegation token", defer_renew_delegation_token(hmac, period));
}
Result<Timestamp> AdminAccess::expire_delegation_token(std::string_view hmac, Millis after,
                                                       as_result_t) noexcept {
  return wait(*this, "expire a delegation token", defer_expire_delegation_token(hmac, after));
}
Result<std::vector<DelegationToken>> AdminAccess::describe_delegation_tokens(ListRef<std::string_view> owners,
                                                                             as_result_t) noexcept {
  return wait(*this, "describe delegation tokens", defer_describe_delegation_tokens(owners));
}

}  // namespace v1
}  // namespace klamm
