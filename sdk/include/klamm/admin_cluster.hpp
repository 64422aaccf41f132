// The admin client's operations on the cluster: brokers, quorum, features, leaders and replicas. Included by klamm/admin.hpp.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <klamm/admin_types.hpp>
#include <klamm/detail/async.hpp>

namespace klamm {
inline namespace v1 {

class Admin;

/// A part of Admin; nothing else is one.
class KLAMM_API AdminCluster {
 public:
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

  /// Changes levels that the cluster has in force (KIP-584, KIP-778): all of them or none, but each by itself on brokers before
  /// 4.0 (KIP-1022). Errors: feature_update_failed,
  /// invalid_update_version (a level that some broker does not support, or a downgrade that was not asked for),
  /// cluster_authorization_failed.
  PerItem<std::string, void> update_features(ListRef<FeatureUpdate> updates) {
    return update_features(updates, as_result).value();
  }
  Result<PerItem<std::string, void>> update_features(ListRef<FeatureUpdate> updates, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, void>, Token> async_update_features(ListRef<FeatureUpdate> updates,
                                                                 Token&& token = {}) {
    return detail::initiate(defer_update_features(updates), std::forward<Token>(token));
  }

  /// The log directories of these brokers or, without any, of all, and what they hold (KIP-113). Errors:
  /// cluster_authorization_failed; a broker that is gone is waited for.
  PerItem<NodeId, std::vector<LogDirDescription>> describe_log_dirs(ListRef<NodeId> brokers = {}) {
    return describe_log_dirs(brokers, as_result).value();
  }
  Result<PerItem<NodeId, std::vector<LogDirDescription>>> describe_log_dirs(ListRef<NodeId> brokers,
                                                                            as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<NodeId, std::vector<LogDirDescription>>, Token> async_describe_log_dirs(
      ListRef<NodeId> brokers, Token&& token = {}) {
    return detail::initiate(defer_describe_log_dirs(brokers), std::forward<Token>(token));
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

 private:
  friend class Admin;
  AdminCluster() = default;
  AdminCluster(const AdminCluster&) = default;
  AdminCluster& operator=(const AdminCluster&) = default;

  detail::Deferred<ClusterDescription> defer_describe_cluster();
  detail::Deferred<QuorumInfo> defer_describe_quorum();
  detail::Deferred<FeatureMetadata> defer_describe_features();
  detail::Deferred<PerItem<std::string, void>> defer_update_features(ListRef<FeatureUpdate> updates);
  detail::Deferred<PerItem<NodeId, std::vector<LogDirDescription>>> defer_describe_log_dirs(
      ListRef<NodeId> brokers);
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
};

}  // namespace v1
}  // namespace klamm
