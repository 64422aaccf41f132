// What the admin client is asked with and answers: outcomes per item, topics, configurations, offsets, groups, the cluster.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <klamm/error.hpp>
#include <klamm/types.hpp>

namespace klamm {
inline namespace v1 {

namespace detail {
/// The error of a call whose items failed: it names each of them. Precondition: there is one.
KLAMM_API Error join_errors(std::span<const std::pair<std::string, Error>> failures);

template <class K>
std::string item_name(const K& key) {
  if constexpr (std::convertible_to<const K&, std::string_view>) {
    return std::string(std::string_view(key));
  } else if constexpr (requires { to_string(key); }) {
    return to_string(key);
  } else if constexpr (requires { key.value; }) {
    return std::to_string(key.value);
  } else {
    return key.topic + "/" + std::to_string(key.partition.value);
  }
}
}  // namespace detail

/// An outcome for each item, in the order asked.
template <class K, class T>
class [[nodiscard]] PerItem {
 public:
  using value_type = std::pair<const K, Result<T>>;

  PerItem() = default;
  explicit PerItem(std::vector<value_type> outcomes) : outcomes_(std::move(outcomes)) {}

  const value_type* begin() const noexcept { return outcomes_.data(); }
  const value_type* end() const noexcept { return outcomes_.data() + outcomes_.size(); }
  std::size_t size() const noexcept { return outcomes_.size(); }

  /// The outcome of one item. Throws std::out_of_range for what was not asked.
  const Result<T>& operator[](const K& key) const {
    for (const auto& [item, outcome] : outcomes_)
      if (item == key) return outcome;
    throw std::out_of_range("no outcome for \"" + detail::item_name(key) + "\": it was not asked for");
  }

  /// All values, or one Exception that names every failure.
  std::map<K, T> values() &&
      requires(!std::is_void_v<T>) {
        check();
        std::map<K, T> all;
        for (auto& [item, outcome] : outcomes_) all.emplace(item, *std::move(outcome));
        return all;
      }
      /// Throws one Exception that names every failure, if there is any.
      void check() const {
    std::vector<std::pair<std::string, Error>> failures;
    for (const auto& [item, outcome] : outcomes_)
      if (!outcome) failures.emplace_back(detail::item_name(item), outcome.error());
    if (!failures.empty()) detail::throw_error(detail::join_errors(failures));
  }

 private:
  std::vector<value_type> outcomes_;
};

/// `name=value` of a topic or broker. Borrows.
struct ConfigEntry {
  std::string_view name{}, value{};
};
/// A topic to create. Borrows. -1: the cluster's default (`num.partitions`, `default.replication.factor`).
struct NewTopic {
  std::string_view name{};
  int partitions = -1, replication = -1;
  ListRef<ConfigEntry> configs{};
};
struct TopicInfo {
  std::string name;
  int partitions, replication;
};

/// How many partitions a topic shall have in all.
struct NewPartitions {
  std::string topic{};
  int total = 0;
  /// Replicas of each new one, the preferred leader first; empty: the controller places them.
  std::vector<std::vector<NodeId>> assignment{};
};

struct PartitionDescription {
  Partition partition;
  NodeId leader;  ///< -1: none now
  std::int32_t leader_epoch = -1;
  std::vector<NodeId> replicas, in_sync, offline;
  /// May lead though they are not in sync, for they had all that was acknowledged when the ISR shrank below
  /// min.insync.replicas (KIP-966). Empty from brokers before 4.0.
  std::vector<NodeId> eligible_leaders{};
  std::vector<NodeId> last_known_eligible_leaders{};
};
struct TopicDescription {
  std::string name;
  std::string id;  ///< as Kafka prints it (base64); empty from brokers before 2.8
  bool internal = false;
  std::vector<PartitionDescription> partitions;  ///< ascending
};
struct TopicListing {
  std::string name;
  std::string id;
  bool internal = false;
};

/// Which offset of a partition is asked for (ListOffsets).
struct OffsetSpec {
  enum At { to_earliest, to_latest, time, max_timestamp } at{};
  Timestamp timestamp{};  ///< with `time`: the first record then or later
};
/// An offset, and the timestamp of its record where one was asked for. Offset -1: no such record.
struct OffsetInfo {
  Offset offset;
  std::optional<Timestamp> timestamp{};
  std::int32_t leader_epoch = -1;
};
struct PartitionLag {
  TopicPartition at;
  Offset committed, end;
  std::int64_t lag;
};

struct GroupListing {
  std::string id;
  std::string protocol_type;  ///< "consumer", or "" for a group that has only offsets
  std::string state;  ///< Kafka's words: Stable, PreparingRebalance, CompletingRebalance, Empty, Dead...
  std::string type;   ///< "Classic", "Consumer"...; empty from brokers before 3.8
};
struct GroupMember {
  std::string member_id, group_instance_id, client_id, client_host;
  std::vector<TopicPartition> assignment;
};
struct GroupDescription {
  std::string id, state, protocol_type;
  std::string assignor;  ///< that the members agreed on; empty while there is none
  NodeId coordinator;
  std::vector<GroupMember> members;
};

/// Who is to leave a group: a static member by its instance id, another by its member id.
struct GroupMemberId {
  std::string member_id{}, group_instance_id{};
};

/// A producer as a partition's leader remembers it (KIP-664).
struct ProducerState {
  std::int64_t producer_id = -1;
  std::int32_t producer_epoch = -1;
  std::int32_t last_sequence = -1;            ///< -1: nothing but markers is remembered
  std::optional<Timestamp> last_timestamp{};  ///< of its last batch
  std::optional<std::int32_t> coordinator_epoch{};
  std::optional<Offset> transaction_start{};  ///< of the transaction that it has open here
};
/// Which transactions are listed. Nothing set: all.
struct TransactionFilter {
  std::vector<std::string> states{};  ///< Kafka's words: Empty, Ongoing, PrepareCommit, CompleteAbort...
  std::vector<std::int64_t> producer_ids{};
  std::optional<Millis> longer_than{};  ///< open for longer (KIP-994, brokers from 3.8)
  std::string pattern{};                ///< RE2, of transactional ids (KIP-1152, brokers from 4.1)
};
struct TransactionListing {
  std::string transactional_id;
  std::int64_t producer_id = -1;
  std::string state;
};
struct TransactionDescription {
  std::string transactional_id, state;
  NodeId coordinator;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  Millis timeout{};
  std::optional<Timestamp> started{};  ///< by the coordinator's clock; nothing: none is open
  std::vector<TopicPartition> partitions{};
};
/// A transaction to abort on one partition: what describe_producers() says of its producer; where that knows no coordinator
/// epoch, 0.
struct HangingTransaction {
  TopicPartition at{};
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t coordinator_epoch = 0;
};

struct NodeInfo {
  NodeId id;
  std::string host;
  int port = 0;
  std::string rack;  ///< empty: none
};
struct ClusterDescription {
  std::string cluster_id;
  NodeId controller;  ///< -1: unknown
  std::vector<NodeInfo> nodes;
};

/// A node that follows the metadata quorum (KIP-595, KIP-836).
struct QuorumReplica {
  NodeId id;
  std::string
      directory_id;  ///< as Kafka prints it (base64); empty where the quorum does not know it (KIP-853)
  Offset log_end;
  std::optional<Timestamp> last_fetch{};      ///< when the leader last heard from it, by the leader's clock
  std::optional<Timestamp> last_caught_up{};  ///< when it last had all that the leader had then
};
/// Where a voter of the metadata quorum listens.
struct QuorumEndpoint {
  NodeId node;
  std::string listener, host;
  int port = 0;
};
/// The metadata quorum as its leader, the active controller, sees it.
struct QuorumInfo {
  NodeId leader;
  std::int32_t leader_epoch = -1;
  Offset high_watermark;  ///< of the metadata log: what lies before it is committed
  std::vector<QuorumReplica> voters, observers;
  std::vector<QuorumEndpoint> endpoints;  ///< empty from brokers before 3.9 (KIP-853)
};

struct VersionRange {
  std::int16_t min = 0, max = 0;
};
/// Features of the cluster by name (KIP-584), `metadata.version` among them.
struct FeatureMetadata {
  std::map<std::string, std::int16_t> finalized;  ///< the level that is in force
  std::int64_t epoch = -1;                        ///< of the finalized levels; -1: unknown
  std::map<std::string, VersionRange> supported;  ///< by the broker that answered
};

/// A level that a feature shall have; 0: it is taken out of force. unsafe_downgrade may lose metadata.
struct FeatureUpdate {
  enum Type { upgrade = 1, safe_downgrade = 2, unsafe_downgrade = 3 };
  std::string name{};
  std::int16_t level = 0;
  Type type = upgrade;
};

/// A replica in a log directory.
struct StoredReplica {
  TopicPartition at;
  ByteSize size{0};
  /// Records that it lacks to the high watermark or, of a `future` one, to the replica that it will replace.
  std::int64_t lag = 0;
  bool future = false;  ///< it is being copied here from another directory of its broker (KIP-113)
};
struct LogDirDescription {
  std::string path;
  std::optional<Error> error{};               ///< kafka_storage_error: it is offline
  std::optional<ByteSize> total{}, usable{};  ///< of its volume (KIP-827); from brokers before 3.3 nothing
  bool cordoned = false;                      ///< takes no new replicas (KIP-1066)
  std::vector<StoredReplica> replicas{};
};

/// preferred: to the first replica. unclean: to a replica that is not in sync, where there is no other; records
/// may be lost.
enum class ElectionType { preferred, unclean };

/// Which replicas a partition shall have, the preferred leader first. Nothing: the reassignment under way is
/// cancelled.
struct NewPartitionReassignment {
  TopicPartition at{};
  std::optional<std::vector<NodeId>> replicas{};
};
/// A reassignment that is under way.
struct PartitionReassignment {
  TopicPartition at;
  std::vector<NodeId> replicas;  ///< all it has now, those included that are added and removed
  std::vector<NodeId> adding, removing;
};

/// Whose configuration: a topic's by its name, a broker's by its node id as text.
struct ConfigResource {
  enum Kind { topic, broker } kind = topic;
  std::string name{};
  auto operator<=>(const ConfigResource&) const = default;
  operator std::string_view() const noexcept { return name; }
};
struct ConfigValue {
  std::string name;
  std::optional<std::string> value{};  ///< empty where the broker keeps it to itself (sensitive)
  bool is_default = false, read_only = false, sensitive = false;
};
/// One change of a configuration (KIP-339). Borrows.
struct ConfigChange {
  enum Operation { set, remove, append, subtract } operation = set;  ///< remove: back to the default
  std::string_view name{}, value{};
};

}  // namespace v1
}  // namespace klamm
