// The admin's answers, from the machines' types to the public ones.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <klamm/admin_types.hpp>

#include "api/convert.hpp"
#include "api/error_details.hpp"
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
ConfigValue to_public(const client::admin::config_entry& entry);
ConfigResource to_public(const client::admin::config_resource& resource);
client::admin::config_resource to_internal(const ConfigResource& resource);
client::admin::new_topic to_internal(const NewTopic& topic);
OffsetInfo to_public(const client::offset_at_time& place);

inline std::string public_key(std::string key) { return key; }
inline TopicPartition public_key(const topic_partition& at) { return to_public(at); }
inline ConfigResource public_key(const client::admin::config_resource& resource) {
  return to_public(resource);
}

inline std::string shown(const std::string& key) { return "\"" + key + "\""; }
inline std::string shown(const topic_partition& at) {
  return "\"" + at.topic + "/" + std::to_string(at.partition.value) + "\"";
}
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

}  // namespace klamm::api
