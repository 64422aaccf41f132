// The admin client: topics, configurations, offsets, groups and the cluster itself.
//
// Each operation has three forms: blocking (throws), blocking with `as_result`, and `async_`. One item gives
// its value or throws; many items give an outcome each (PerItem), and throw only if the request as a whole
// failed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <klamm/admin_types.hpp>
#include <klamm/detail/async.hpp>
#include <klamm/options.hpp>

namespace klamm {
inline namespace v1 {

namespace detail {
class AdminClient;
KLAMM_API void destroy(AdminClient*) noexcept;
}  // namespace detail

/// Asks and changes a cluster. Thread-safe; move-only. Every call ends within ClientOptions::api_timeout.
class KLAMM_API Admin {
 public:
  /// Checks all options, starts, and waits for nothing. Throws ConfigError.
  explicit Admin(ClientOptions client) : Admin(create(std::move(client)).value()) {}
  explicit Admin(std::string_view bootstrap_servers)
      : Admin(ClientOptions{.bootstrap_servers = std::string(bootstrap_servers)}) {}
  static Result<Admin> create(ClientOptions client);

  /// Creates a topic (KIP-4). Errors: topic_already_exists, invalid_topic_exception, invalid_partitions,
  /// invalid_replication_factor, invalid_config, policy_violation. Returns once the controller has it; other
  /// brokers may hear of it a moment later.
  TopicInfo create_topic(const NewTopic& topic) { return create_topic(topic, as_result).value(); }
  Result<TopicInfo> create_topic(const NewTopic& topic, as_result_t) noexcept;
  template <class Token = Default>
  Async<TopicInfo, Token> async_create_topic(const NewTopic& topic, Token&& token = {}) {
    return detail::initiate<TopicInfo>(defer_create_topic(topic), std::forward<Token>(token));
  }

  PerItem<std::string, TopicInfo> create_topics(ListRef<NewTopic> topics) {
    return create_topics(topics, as_result).value();
  }
  Result<PerItem<std::string, TopicInfo>> create_topics(ListRef<NewTopic> topics, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, TopicInfo>, Token> async_create_topics(ListRef<NewTopic> topics,
                                                                    Token&& token = {}) {
    return detail::initiate<PerItem<std::string, TopicInfo>>(defer_create_topics(topics),
                                                             std::forward<Token>(token));
  }

  /// Deletes topics with all their records. Errors: unknown_topic_or_partition, topic_deletion_disabled.
  PerItem<std::string, void> delete_topics(ListRef<std::string_view> topics) {
    return delete_topics(topics, as_result).value();
  }
  Result<PerItem<std::string, void>> delete_topics(ListRef<std::string_view> topics, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, void>, Token> async_delete_topics(ListRef<std::string_view> topics,
                                                               Token&& token = {}) {
    return detail::initiate<PerItem<std::string, void>>(defer_delete_topics(topics),
                                                        std::forward<Token>(token));
  }

  /// All topics that this client may see, internal ones included, by name.
  std::vector<TopicListing> list_topics() { return list_topics(as_result).value(); }
  Result<std::vector<TopicListing>> list_topics(as_result_t) noexcept;
  template <class Token = Default>
  Async<std::vector<TopicListing>, Token> async_list_topics(Token&& token = {}) {
    return detail::initiate<std::vector<TopicListing>>(defer_list_topics(), std::forward<Token>(token));
  }

  /// Errors: unknown_topic_or_partition.
  PerItem<std::string, TopicDescription> describe_topics(ListRef<std::string_view> topics) {
    return describe_topics(topics, as_result).value();
  }
  Result<PerItem<std::string, TopicDescription>> describe_topics(ListRef<std::string_view> topics,
                                                                 as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, TopicDescription>, Token> async_describe_topics(ListRef<std::string_view> topics,
                                                                             Token&& token = {}) {
    return detail::initiate<PerItem<std::string, TopicDescription>>(defer_describe_topics(topics),
                                                                    std::forward<Token>(token));
  }

  /// Offsets by place or time, read uncommitted.
  PerItem<TopicPartition, OffsetInfo> list_offsets(ListRef<std::pair<TopicPartition, OffsetSpec>> asked) {
    return list_offsets(asked, as_result).value();
  }
  Result<PerItem<TopicPartition, OffsetInfo>> list_offsets(
      ListRef<std::pair<TopicPartition, OffsetSpec>> asked, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<TopicPartition, OffsetInfo>, Token> async_list_offsets(
      ListRef<std::pair<TopicPartition, OffsetSpec>> asked, Token&& token = {}) {
    return detail::initiate<PerItem<TopicPartition, OffsetInfo>>(defer_list_offsets(asked),
                                                                 std::forward<Token>(token));
  }

  /// The groups of all brokers, by id.
  std::vector<GroupListing> list_groups() { return list_groups(as_result).value(); }
  Result<std::vector<GroupListing>> list_groups(as_result_t) noexcept;
  template <class Token = Default>
  Async<std::vector<GroupListing>, Token> async_list_groups(Token&& token = {}) {
    return detail::initiate<std::vector<GroupListing>>(defer_list_groups(), std::forward<Token>(token));
  }

  /// Errors: group_id_not_found, coordinator_not_available.
  PerItem<std::string, GroupDescription> describe_groups(ListRef<std::string_view> groups) {
    return describe_groups(groups, as_result).value();
  }
  Result<PerItem<std::string, GroupDescription>> describe_groups(ListRef<std::string_view> groups,
                                                                 as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, GroupDescription>, Token> async_describe_groups(ListRef<std::string_view> groups,
                                                                             Token&& token = {}) {
    return detail::initiate<PerItem<std::string, GroupDescription>>(defer_describe_groups(groups),
                                                                    std::forward<Token>(token));
  }

  /// Deletes groups without members, with their offsets. Errors: non_empty_group, group_id_not_found.
  PerItem<std::string, void> delete_groups(ListRef<std::string_view> groups) {
    return delete_groups(groups, as_result).value();
  }
  Result<PerItem<std::string, void>> delete_groups(ListRef<std::string_view> groups, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, void>, Token> async_delete_groups(ListRef<std::string_view> groups,
                                                               Token&& token = {}) {
    return detail::initiate<PerItem<std::string, void>>(defer_delete_groups(groups),
                                                        std::forward<Token>(token));
  }

  /// What each group has committed, by partition.
  PerItem<std::string, std::vector<TopicPartitionOffset>> committed_offsets(
      ListRef<std::string_view> groups) {
    return committed_offsets(groups, as_result).value();
  }
  Result<PerItem<std::string, std::vector<TopicPartitionOffset>>> committed_offsets(
      ListRef<std::string_view> groups, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, std::vector<TopicPartitionOffset>>, Token> async_committed_offsets(
      ListRef<std::string_view> groups, Token&& token = {}) {
    return detail::initiate<PerItem<std::string, std::vector<TopicPartitionOffset>>>(
        defer_committed_offsets(groups), std::forward<Token>(token));
  }

  /// Commits in a group's place. The group must have no members that read these (unknown_member_id,
  /// non_empty_group otherwise).
  PerItem<TopicPartition, void> reset_offsets(std::string_view group, ListRef<TopicPartitionOffset> offsets) {
    return reset_offsets(group, offsets, as_result).value();
  }
  Result<PerItem<TopicPartition, void>> reset_offsets(std::string_view group,
                                                      ListRef<TopicPartitionOffset> offsets,
                                                      as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<TopicPartition, void>, Token> async_reset_offsets(std::string_view group,
                                                                  ListRef<TopicPartitionOffset> offsets,
                                                                  Token&& token = {}) {
    return detail::initiate<PerItem<TopicPartition, void>>(defer_reset_offsets(group, offsets),
                                                           std::forward<Token>(token));
  }

  /// How far each group is behind the end of what it has committed, by partition.
  PerItem<std::string, std::vector<PartitionLag>> group_lag(ListRef<std::string_view> groups) {
    return group_lag(groups, as_result).value();
  }
  Result<PerItem<std::string, std::vector<PartitionLag>>> group_lag(ListRef<std::string_view> groups,
                                                                    as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, std::vector<PartitionLag>>, Token> async_group_lag(
      ListRef<std::string_view> groups, Token&& token = {}) {
    return detail::initiate<PerItem<std::string, std::vector<PartitionLag>>>(defer_group_lag(groups),
                                                                             std::forward<Token>(token));
  }

  /// The brokers and who is the controller.
  ClusterDescription describe_cluster() { return describe_cluster(as_result).value(); }
  Result<ClusterDescription> describe_cluster(as_result_t) noexcept;
  template <class Token = Default>
  Async<ClusterDescription, Token> async_describe_cluster(Token&& token = {}) {
    return detail::initiate<ClusterDescription>(defer_describe_cluster(), std::forward<Token>(token));
  }

  /// The metadata quorum: who leads it, how far its members are (KIP-595). Any broker passes the question to the active
  /// controller. Errors: unsupported_version from brokers before 3.3, cluster_authorization_failed.
  QuorumInfo describe_quorum() { return describe_quorum(as_result).value(); }
  Result<QuorumInfo> describe_quorum(as_result_t) noexcept;
  template <class Token = Default>
  Async<QuorumInfo, Token> async_describe_quorum(Token&& token = {}) {
    return detail::initiate<QuorumInfo>(defer_describe_quorum(), std::forward<Token>(token));
  }

  /// The features that the cluster has in force, and those that one broker supports (KIP-584).
  FeatureMetadata describe_features() { return describe_features(as_result).value(); }
  Result<FeatureMetadata> describe_features(as_result_t) noexcept;
  template <class Token = Default>
  Async<FeatureMetadata, Token> async_describe_features(Token&& token = {}) {
    return detail::initiate<FeatureMetadata>(defer_describe_features(), std::forward<Token>(token));
  }

  /// Elects leaders (KIP-460). Without partitions for all of them: then the answer leaves out those that need no election.
  /// Errors: election_not_needed (the leader is the right one already), preferred_leader_not_available,
  /// eligible_leaders_not_available, unknown_topic_or_partition, cluster_authorization_failed.
  PerItem<TopicPartition, void> elect_leaders(ElectionType type, ListRef<TopicPartition> of) {
    return elect_leaders(type, of, as_result).value();
  }
  Result<PerItem<TopicPartition, void>> elect_leaders(ElectionType type, ListRef<TopicPartition> of,
                                                      as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<TopicPartition, void>, Token> async_elect_leaders(ElectionType type,
                                                                  ListRef<TopicPartition> of,
                                                                  Token&& token = {}) {
    return detail::initiate<PerItem<TopicPartition, void>>(defer_elect_leaders(type, of),
                                                           std::forward<Token>(token));
  }

  /// Begins to move partitions to other replicas, or cancels that (KIP-455). Returns once the controller has decided it: the
  /// replicas still have to copy; list_partition_reassignments tells when they are done. Errors:
  /// invalid_replica_assignment, no_reassignment_in_progress (cancelled), unknown_topic_or_partition,
  /// cluster_authorization_failed.
  PerItem<TopicPartition, void> alter_partition_reassignments(ListRef<NewPartitionReassignment> to) {
    return alter_partition_reassignments(to, as_result).value();
  }
  Result<PerItem<TopicPartition, void>> alter_partition_reassignments(ListRef<NewPartitionReassignment> to,
                                                                      as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<TopicPartition, void>, Token> async_alter_partition_reassignments(
      ListRef<NewPartitionReassignment> to, Token&& token = {}) {
    return detail::initiate<PerItem<TopicPartition, void>>(defer_alter_partition_reassignments(to),
                                                           std::forward<Token>(token));
  }

  /// The reassignments that are under way, of these partitions or, without any, of all (KIP-455).
  std::vector<PartitionReassignment> list_partition_reassignments(ListRef<TopicPartition> of) {
    return list_partition_reassignments(of, as_result).value();
  }
  Result<std::vector<PartitionReassignment>> list_partition_reassignments(ListRef<TopicPartition> of,
                                                                          as_result_t) noexcept;
  template <class Token = Default>
  Async<std::vector<PartitionReassignment>, Token> async_list_partition_reassignments(
      ListRef<TopicPartition> of, Token&& token = {}) {
    return detail::initiate<std::vector<PartitionReassignment>>(defer_list_partition_reassignments(of),
                                                                std::forward<Token>(token));
  }

  /// Makes the cluster forget a broker that is gone for good (KIP-631); its partitions keep it as a replica until they are
  /// reassigned. Errors: broker_id_not_registered, cluster_authorization_failed.
  void unregister_broker(NodeId broker) { unregister_broker(broker, as_result).value(); }
  Result<void> unregister_broker(NodeId broker, as_result_t) noexcept;
  template <class Token = Default>
  Async<void, Token> async_unregister_broker(NodeId broker, Token&& token = {}) {
    return detail::initiate<void>(defer_unregister_broker(broker), std::forward<Token>(token));
  }

  /// Makes an observer of the metadata quorum a voter (KIP-853), once that is committed. `directory_id` is that of its
  /// metadata log, as describe_quorum() has it; of the endpoints, which others reach it by, the node is not looked at. Errors:
  /// duplicate_voter; request_timed_out while another change is under way or the observer lacks records, and unsupported_version
  /// where the voters are configured (kraft.version 0); cluster_authorization_failed.
  void add_raft_voter(NodeId voter, std::string_view directory_id, ListRef<QuorumEndpoint> endpoints) {
    add_raft_voter(voter, directory_id, endpoints, as_result).value();
  }
  Result<void> add_raft_voter(NodeId voter, std::string_view directory_id, ListRef<QuorumEndpoint> endpoints,
                              as_result_t) noexcept;
  template <class Token = Default>
  Async<void, Token> async_add_raft_voter(NodeId voter, std::string_view directory_id,
                                          ListRef<QuorumEndpoint> endpoints, Token&& token = {}) {
    return detail::initiate<void>(defer_add_raft_voter(voter, directory_id, endpoints),
                                  std::forward<Token>(token));
  }
  /// Makes a voter an observer, once that is committed; a leader that is removed resigns then. Errors: voter_not_found, and
  /// those of add_raft_voter().
  void remove_raft_voter(NodeId voter, std::string_view directory_id) {
    remove_raft_voter(voter, directory_id, as_result).value();
  }
  Result<void> remove_raft_voter(NodeId voter, std::string_view directory_id, as_result_t) noexcept;
  template <class Token = Default>
  Async<void, Token> async_remove_raft_voter(NodeId voter, std::string_view directory_id,
                                             Token&& token = {}) {
    return detail::initiate<void>(defer_remove_raft_voter(voter, directory_id), std::forward<Token>(token));
  }

  /// Configurations in force, by name. Errors: unknown_topic_or_partition.
  PerItem<ConfigResource, std::vector<ConfigValue>> describe_configs(ListRef<ConfigResource> resources) {
    return describe_configs(resources, as_result).value();
  }
  Result<PerItem<ConfigResource, std::vector<ConfigValue>>> describe_configs(
      ListRef<ConfigResource> resources, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<ConfigResource, std::vector<ConfigValue>>, Token> async_describe_configs(
      ListRef<ConfigResource> resources, Token&& token = {}) {
    return detail::initiate<PerItem<ConfigResource, std::vector<ConfigValue>>>(
        defer_describe_configs(resources), std::forward<Token>(token));
  }

  /// Changes some keys and leaves the others (IncrementalAlterConfigs). Errors: invalid_config,
  /// unknown_topic_or_partition.
  void alter_configs(const ConfigResource& resource, ListRef<ConfigChange> changes) {
    alter_configs(resource, changes, as_result).value();
  }
  Result<void> alter_configs(const ConfigResource& resource, ListRef<ConfigChange> changes,
                             as_result_t) noexcept;
  template <class Token = Default>
  Async<void, Token> async_alter_configs(const ConfigResource& resource, ListRef<ConfigChange> changes,
                                         Token&& token = {}) {
    return detail::initiate<void>(defer_alter_configs(resource, changes), std::forward<Token>(token));
  }

 private:
  explicit Admin(std::unique_ptr<detail::AdminClient, detail::Destroy> client) noexcept
      : client_(std::move(client)) {}
  detail::Deferred<TopicInfo> defer_create_topic(const NewTopic& topic);
  detail::Deferred<PerItem<std::string, TopicInfo>> defer_create_topics(ListRef<NewTopic> topics);
  detail::Deferred<PerItem<std::string, void>> defer_delete_topics(ListRef<std::string_view> topics);
  detail::Deferred<std::vector<TopicListing>> defer_list_topics();
  detail::Deferred<PerItem<std::string, TopicDescription>> defer_describe_topics(
      ListRef<std::string_view> topics);
  detail::Deferred<PerItem<TopicPartition, OffsetInfo>> defer_list_offsets(
      ListRef<std::pair<TopicPartition, OffsetSpec>> asked);
  detail::Deferred<std::vector<GroupListing>> defer_list_groups();
  detail::Deferred<PerItem<std::string, GroupDescription>> defer_describe_groups(
      ListRef<std::string_view> groups);
  detail::Deferred<PerItem<std::string, void>> defer_delete_groups(ListRef<std::string_view> groups);
  detail::Deferred<PerItem<std::string, std::vector<TopicPartitionOffset>>> defer_committed_offsets(
      ListRef<std::string_view> groups);
  detail::Deferred<PerItem<TopicPartition, void>> defer_reset_offsets(std::string_view group,
                                                                      ListRef<TopicPartitionOffset> offsets);
  detail::Deferred<PerItem<std::string, std::vector<PartitionLag>>> defer_group_lag(
      ListRef<std::string_view> groups);
  detail::Deferred<ClusterDescription> defer_describe_cluster();
  detail::Deferred<QuorumInfo> defer_describe_quorum();
  detail::Deferred<FeatureMetadata> defer_describe_features();
  detail::Deferred<PerItem<TopicPartition, void>> defer_elect_leaders(ElectionType type,
                                                                      ListRef<TopicPartition> of);
  detail::Deferred<PerItem<TopicPartition, void>> defer_alter_partition_reassignments(
      ListRef<NewPartitionReassignment> to);
  detail::Deferred<std::vector<PartitionReassignment>> defer_list_partition_reassignments(
      ListRef<TopicPartition> of);
  detail::Deferred<void> defer_unregister_broker(NodeId broker);
  detail::Deferred<void> defer_add_raft_voter(NodeId voter, std::string_view directory_id,
                                              ListRef<QuorumEndpoint> endpoints);
  detail::Deferred<void> defer_remove_raft_voter(NodeId voter, std::string_view directory_id);
  detail::Deferred<PerItem<ConfigResource, std::vector<ConfigValue>>> defer_describe_configs(
      ListRef<ConfigResource> resources);
  detail::Deferred<void> defer_alter_configs(const ConfigResource& resource, ListRef<ConfigChange> changes);
  std::unique_ptr<detail::AdminClient, detail::Destroy> client_;
};

}  // namespace v1
}  // namespace klamm
