// The admin's answers, from the machines' types to the public ones.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <klamm/admin_access_types.hpp>
#include <klamm/admin_types.hpp>

#include "api/convert.hpp"
#include "api/error_details.hpp"
#include "client/admin_vocabulary.hpp"
#include "client/metadata_snapshot.hpp"

namespace klamm::api {

inline TopicInfo to_public(const client::admin::created_topic& topic) {
  return {topic.name, topic.partitions, topic.replication};
}
TopicDescription to_public(const client::admin::topic_description& topic);
TopicListing to_listing(const client::admin::topic_description& topic);
ClusterDescription to_public(const client::admin::cluster_description& cluster);
QuorumInfo to_public(const client::admin::quorum_description& quorum);
FeatureMetadata to_public(const client::admin::feature_description& features);
PartitionReassignment to_public(const client::admin::reassignment& reassignment);
client::admin::reassignment_request to_internal(const NewPartitionReassignment& reassignment);
GroupListing to_public(const client::admin::listed_group& group);
GroupDescription to_public(const client::admin::group_description& group);
ProducerState to_public(const client::admin::producer_state& producer);
TransactionListing to_public(const client::admin::listed_transaction& transaction);
TransactionDescription to_public(const client::admin::transaction_description& transaction);
client::admin::transaction_filter to_internal(const TransactionFilter& which);
ConfigValue to_public(const client::admin::config_entry& entry);
ConfigResource to_public(const client::admin::config_resource& resource);
client::admin::config_resource to_internal(const ConfigResource& resource);
client::admin::new_topic to_internal(const NewTopic& topic);
OffsetInfo to_public(const client::offset_at_time& place);

client::admin::more_partitions to_internal(const NewPartitions& partitions);
LogDirDescription to_public(const client::admin::log_dir& directory);
AclBinding to_public(const client::admin::acl& acl);
AclFilter to_public(const client::admin::acl_filter& which);
client::admin::acl to_internal(const AclBinding& acl);
client::admin::acl_filter to_internal(const AclFilter& which);
ScramCredentialInfo to_public(const client::admin::scram_credential& credential);
ClientQuota to_public(const client::admin::quota& quota);
Timestamp to_public(timestamp at);
DelegationToken to_public(const client::admin::delegation_token& token);

inline std::string public_key(std::string key) { return key; }
inline NodeId public_key(node_id key) { return NodeId(key.value); }
inline QuotaEntity public_key(const client::admin::quota_entity& key) { return {key}; }
inline AclBinding public_key(const client::admin::acl& key) { return to_public(key); }
inline AclFilter public_key(const client::admin::acl_filter& key) { return to_public(key); }
inline TopicPartition public_key(const topic_partition& at) { return to_public(at); }
inline ConfigResource public_key(const client::admin::config_resource& resource) {
  return to_public(resource);
}

inline std::string shown(const std::string& key) { return "\"" + key + "\""; }
inline std::string shown(const topic_partition& at) {
  return "\"" + at.topic + "/" + std::to_string(at.partition.value) + "\"";
}
inline std::string shown(node_id key) { return std::to_string(key.value); }
inline std::string shown(const client::admin::quota_entity& key) { return to_string(QuotaEntity{key}); }
inline std::string shown(const client::admin::acl& key) { return to_string(to_public(key)); }
inline std::string shown(const client::admin::acl_filter& key) { return to_string(to_public(key)); }
inline std::string shown(const client::admin::config_resource& resource) { return shown(resource.name); }

/// Each outcome with its public key and value; `what` is a verb that the item
/// follows.
template <class K, class T, class Key, class Value, class Convert>
PerItem<K, T> per_item_of(client::per_item<Key, Value> answer, std::string_view what, Convert convert) {
  std::vector<typename PerItem<K, T>::value_type> all;
  all.reserve(answer.size());
  for (auto& [key, outcome] : answer) {
    if (!outcome) {
      all.emplace_back(public_key(key),
                       to_error(outcome.failure(), {.operation = std::string(what) + " " + shown(key)}));
    } else if constexpr (std::is_void_v<T>) {
      all.emplace_back(public_key(key), Result<void>());
    } else {
      all.emplace_back(public_key(key), Result<T>(convert(*std::move(outcome))));
    }
  }
  return PerItem<K, T>(std::move(all));
}

/// per_item_of() as what becomes of a command's answer. `what` outlives it.
template <class K, class T = void, class Convert = int>
auto outcomes(std::string_view what, Convert convert = {}) {
  return [what, convert](auto answer) { return per_item_of<K, T>(*std::move(answer), what, convert); };
}
/// The same of an answer that is one value.
inline constexpr auto publicly = [](const auto& from) { return to_public(from); };
inline constexpr auto publicly_each = [](const auto& from) {
  std::vector<decltype(to_public(from.front()))> all;
  all.reserve(from.size());
  for (const auto& one : from) all.push_back(to_public(one));
  return all;
};
/// As `outcomes`, of a command that has one answer.
template <class Convert>
auto answered(Convert convert) {
  return [convert](const auto& answer) { return convert(*answer); };
}
/// Of a command that is answered by its success alone.
inline constexpr auto done = [](const auto&) { return Result<void>(); };

}  // namespace klamm::api
