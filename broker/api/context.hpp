// What a handler sees: who asks, and the node that it asks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "broker/api/serve.hpp"
#include "broker/api/timers.hpp"
#include "broker/group/group_coordinator.hpp"
#include "broker/meta/config_view.hpp"
#include "broker/meta/topic_creation.hpp"
#include "broker/replica/fetches.hpp"
#include "broker/replica/replicas.hpp"
#include "link/transport.hpp"
#include "wire/compression.hpp"

namespace klamm::broker::api {

/// The coordinators of groups that this node leads.
class group_directory {
 public:
  virtual ~group_directory() = default;
  /// NOT_COORDINATOR or COORDINATOR_LOAD_IN_PROGRESS where this node does not (yet) coordinate the group.
  virtual result<group::group_coordinator*> coordinator_of(std::string_view group) = 0;
  virtual std::vector<group::group_coordinator*> coordinators() = 0;
};

/// The way to the active controller, on this node or on another.
class controller_channel {
 public:
  virtual ~controller_channel() = default;
  /// A client's request, passed on whole; so is the answer.
  virtual void forward(request in, send_response send) = 0;
  /// Makes topics that somebody asked for otherwise than by CreateTopics. `then` in any case: the metadata says what came of it.
  virtual void create(std::shared_ptr<meta::topic_creation> wanted, unique_function<void()> then) = 0;
};

/// Ids for idempotent producers, out of this broker's block.
class producer_id_source {
 public:
  virtual ~producer_id_source() = default;
  virtual void next(unique_function<void(result<producer_id>)> done) = 0;
};

/// The node, as handlers see it. Everything outlives the handlers' calls.
struct services {
  node_id self;
  std::string cluster_id;
  const meta::config_map& own_configs;
  /// What clients are told to connect to; without it, the address that they dialled.
  std::optional<link::endpoint> advertised;
  const instant& clock;
  const meta::image_ptr& metadata;
  replica::replicas& replicas;
  replica::fetches& fetches;
  wire::compressor& compressor;
  controller_channel& controller;
  group_directory& groups;
  producer_id_source& producer_ids;
  timers& clockwork;
  /// The finalized kraft.version.
  std::int16_t kraft_version = 1;

  meta::config_view configs() const { return {*metadata, own_configs, self}; }
};

/// Where the caller reaches a broker. Null where it cannot be told.
std::optional<link::endpoint> endpoint_of(const services& node, const caller& from, node_id broker);

// What may be done with a resource, as bits by operation (KIP-430): without an authorizer, everything.
inline constexpr std::int32_t all_topic_operations = 0x0df8;
inline constexpr std::int32_t all_cluster_operations = 0x1fa0;
inline constexpr std::int32_t all_group_operations = 0x0d48;

}  // namespace klamm::broker::api
