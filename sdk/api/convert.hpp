// Between the public types and the machines'.
#pragma once

#include <string>
#include <vector>

#include <klamm/types.hpp>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "client/commands.hpp"

namespace klamm::api {

inline topic_partition to_internal(const TopicPartition& at) {
  return {at.topic, partition_id(at.partition.value)};
}
inline TopicPartition to_public(const topic_partition& at) {
  return {at.topic, Partition(at.partition.value)};
}
inline std::vector<topic_partition> to_internal(ListRef<TopicPartition> list) {
  std::vector<topic_partition> all;
  for (const auto& at : list) all.push_back(to_internal(at));
  return all;
}
inline client::committed_offset to_internal(const TopicPartitionOffset& place) {
  return {to_internal(place.at), offset(place.next.value), leader_epoch(place.leader_epoch), place.metadata};
}
inline TopicPartitionOffset to_public(const client::committed_offset& place) {
  return {to_public(place.at), Offset(place.next.value), place.leader_epoch.value, place.metadata};
}
inline std::vector<std::string> to_strings(ListRef<std::string_view> list) {
  return {list.begin(), list.end()};
}

}  // namespace klamm::api
