// The admin client: topics, records and configurations here; the rest in the parts that Admin is made of.
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

#include <klamm/admin_access.hpp>
#include <klamm/admin_cluster.hpp>
#include <klamm/admin_groups.hpp>
#include <klamm/admin_transactions.hpp>
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
class KLAMM_API Admin : public AdminGroups,
                        public AdminCluster,
                        public AdminTransactions,
                        public AdminAccess {
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

  /// Adds partitions to topics (KIP-195); records stay where they are, and keys may go elsewhere from then on. Errors:
  /// invalid_partitions (no more than there are; after a lost answer also because it was done), invalid_replica_assignment, reassignment_in_progress,
  /// unknown_topic_or_partition, policy_violation.
  PerItem<std::string, void> create_partitions(ListRef<NewPartitions> topics) {
    return create_partitions(topics, as_result).value();
  }
  Result<PerItem<std::string, void>> create_partitions(ListRef<NewPartitions> topics, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, void>, Token> async_create_partitions(ListRef<NewPartitions> topics,
                                                                   Token&& token = {}) {
    return detail::initiate(defer_create_partitions(topics), std::forward<Token>(token));
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

  /// Deletes the records before an offset, or with Offset(-1) all up to the high watermark (KIP-107), and tells where each
  /// partition begins now. What may have been deleted though no answer came is asked for again, but not with Offset(-1), which
  /// would then delete later records too: such an error says that it may have been carried out. Errors: offset_out_of_range (beyond the high watermark), policy_violation (a topic that is only
  /// compacted), topic_authorization_failed, unknown_topic_or_partition.
  PerItem<TopicPartition, Offset> delete_records(ListRef<std::pair<TopicPartition, Offset>> before) {
    return delete_records(before, as_result).value();
  }
  Result<PerItem<TopicPartition, Offset>> delete_records(ListRef<std::pair<TopicPartition, Offset>> before,
                                                         as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<TopicPartition, Offset>, Token> async_delete_records(
      ListRef<std::pair<TopicPartition, Offset>> before, Token&& token = {}) {
    return detail::initiate(defer_delete_records(before), std::forward<Token>(token));
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
  friend class detail::AdminClient;
  explicit Admin(std::unique_ptr<detail::AdminClient, detail::Destroy> client) noexcept
      : client_(std::move(client)) {}
  detail::Deferred<TopicInfo> defer_create_topic(const NewTopic& topic);
  detail::Deferred<PerItem<std::string, TopicInfo>> defer_create_topics(ListRef<NewTopic> topics);
  detail::Deferred<PerItem<std::string, void>> defer_delete_topics(ListRef<std::string_view> topics);
  detail::Deferred<PerItem<std::string, void>> defer_create_partitions(ListRef<NewPartitions> topics);
  detail::Deferred<std::vector<TopicListing>> defer_list_topics();
  detail::Deferred<PerItem<std::string, TopicDescription>> defer_describe_topics(
      ListRef<std::string_view> topics);
  detail::Deferred<PerItem<TopicPartition, OffsetInfo>> defer_list_offsets(
      ListRef<std::pair<TopicPartition, OffsetSpec>> asked);
  detail::Deferred<PerItem<ConfigResource, std::vector<ConfigValue>>> defer_describe_configs(
      ListRef<ConfigResource> resources);
  detail::Deferred<void> defer_alter_configs(const ConfigResource& resource, ListRef<ConfigChange> changes);
  detail::Deferred<PerItem<TopicPartition, Offset>> defer_delete_records(
      ListRef<std::pair<TopicPartition, Offset>> before);
  std::unique_ptr<detail::AdminClient, detail::Destroy> client_;
};

}  // namespace v1
}  // namespace klamm
