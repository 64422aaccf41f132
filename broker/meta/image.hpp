// What the metadata log says of the cluster, as of one offset: brokers, topics, configurations, features.
//
// An image never changes once it is published: the quorum builds the next one by replay and hands it to the data machines as
// a shared pointer to const. What a batch of records does not touch is shared between the two.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/uuid.hpp"
#include "broker/meta/config_table.hpp"

namespace klamm::broker::meta {

struct partition_image {
  std::vector<node_id> replicas, isr, removing, adding;
  std::vector<node_id> eligible_leaders, last_known_eligible;  // KIP-966
  std::vector<uuid> directories;                               // parallel to replicas
  node_id leader;
  klamm::leader_epoch leader_epoch{0};
  std::int32_t partition_epoch = 0;
  std::int8_t leader_recovery_state = 0;
  bool operator==(const partition_image&) const = default;
};

struct topic_image {
  std::string name;
  uuid id;
  std::vector<partition_image> partitions;  // by partition id

  const partition_image* partition(partition_id id) const;
};
using topic_ptr = std::shared_ptr<const topic_image>;

struct endpoint_image {
  std::string name, host;
  std::uint16_t port = 0;
  std::int16_t security_protocol = 0;
};

/// What a broker can do of a feature.
struct feature_range {
  std::string name;
  std::int16_t min = 0, max = 0;

  bool contains(std::int16_t level) const { return min <= level && level <= max; }
};

/// A member of the quorum, as it registered (KIP-919).
struct controller_image {
  uuid incarnation;
  bool zk_migration_ready = false;
  std::vector<endpoint_image> endpoints;
  std::vector<feature_range> features;
};

struct broker_image {
  node_id id;
  uuid incarnation;
  std::int64_t epoch = -1;
  std::vector<endpoint_image> endpoints;
  std::optional<std::string> rack;
  std::vector<feature_range> features;
  std::vector<uuid> log_dirs;
  std::vector<uuid> cordoned_log_dirs;  // KIP-1066
  bool fenced = true;
  bool in_controlled_shutdown = false;

  bool alive() const { return !fenced && !in_controlled_shutdown; }
};

/// The numbers are those of the protocol.
enum class resource_type : std::int8_t {
  unknown = 0,
  topic = 2,
  broker = 4,
  broker_logger = 8,
  client_metrics = 16,
  group = 32
};

/// Whose configuration: a topic by name, a broker by its id as text ("": every broker).
struct config_resource {
  resource_type type;
  std::string name;
  auto operator<=>(const config_resource&) const = default;
};

struct topics_image {
  std::map<std::string, topic_ptr, std::less<>> by_name;
  std::unordered_map<uuid, topic_ptr> by_id;

  topic_ptr find(std::string_view name) const;
  topic_ptr find(const uuid& id) const;
};

struct cluster_image {
  std::map<node_id, broker_image> brokers;
  std::map<node_id, controller_image> controllers;
  std::map<std::string, std::int16_t, std::less<>> features;
  std::int64_t next_producer_id = 0;
};

using configs_image = std::map<config_resource, config_map>;

struct image {
  /// Of the last record that it holds, and that record's epoch.
  klamm::offset last_offset;
  leader_epoch epoch{0};
  std::shared_ptr<const topics_image> topics = std::make_shared<topics_image>();
  std::shared_ptr<const cluster_image> cluster = std::make_shared<cluster_image>();
  std::shared_ptr<const configs_image> configs = std::make_shared<configs_image>();

  const broker_image* broker(node_id id) const;
  /// The finalized level; 0 if there is none.
  std::int16_t feature_level(std::string_view name) const;
  /// What was set on the resource itself; empty if nothing was.
  const config_map& overrides(const config_resource& resource) const;
};
using image_ptr = std::shared_ptr<const image>;

}  // namespace klamm::broker::meta
