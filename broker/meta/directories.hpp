// Which of its log directories a broker keeps a replica in (KIP-858).
#pragma once

#include "broker/meta/image.hpp"

namespace klamm::broker::meta {

/// The reserved ids: a replica from before directories were known; one whose broker has still to choose; one whose directory
/// is gone.
inline constexpr uuid migrating_directory{};
inline constexpr uuid unassigned_directory{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
inline constexpr uuid lost_directory{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};

/// Kafka keeps the first hundred for itself.
bool is_reserved_directory(const uuid& id);

/// Where a new replica goes: the broker's one directory; with several the choice is the broker's.
uuid default_directory(const image& state, node_id broker);

/// Whether the broker has the directory that its replica is in.
bool is_online(const broker_image& broker, const uuid& directory);

/// Of the partition's replica on `broker`.
uuid directory_of(const partition_image& partition, node_id broker);

/// The partition's replicas that nobody can reach now: their broker is gone or fenced, or has lost the directory.
std::vector<node_id> offline_replicas(const image& state, const partition_image& partition);

}  // namespace klamm::broker::meta
