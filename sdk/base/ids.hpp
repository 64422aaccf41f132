// The vocabulary of the protocol: every number that means something has its own type.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>

#include "base/strong.hpp"

namespace klamm {

using node_id = strong_id<struct node_id_tag, std::int32_t>;
using partition_id = strong_id<struct partition_id_tag, std::int32_t>;
using producer_id = strong_id<struct producer_id_tag, std::int64_t>;
using correlation_id = strong_id<struct correlation_id_tag, std::int32_t>;

/// The position of a record in its partition.
using offset = strong_position<struct offset_tag, std::int64_t>;
/// Counts the leaders of one partition (KIP-101). -1: unknown.
using leader_epoch = strong_position<struct leader_epoch_tag, std::int32_t>;
/// Counts the generations of a classic consumer group.
using generation_id = strong_position<struct generation_id_tag, std::int32_t>;
/// Counts the incarnations of one producer id (KIP-98, KIP-360).
using producer_epoch = strong_id<struct producer_epoch_tag, std::int16_t>;

/// The version of one API. A plain number: versions are compared with the numbers that the protocol
/// documents.
using api_version = std::int16_t;

/// A topic and one of its partitions, owned.
struct topic_partition {
  std::string topic;
  partition_id partition;
  auto operator<=>(const topic_partition&) const = default;
};

}  // namespace klamm

template <>
struct std::hash<klamm::topic_partition> {
  std::size_t operator()(const klamm::topic_partition& tp) const noexcept {
    return std::hash<std::string>{}(tp.topic) * 31 + std::hash<klamm::partition_id>{}(tp.partition);
  }
};
