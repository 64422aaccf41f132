// The vocabulary of commands: what the application asks of the consumer's and the admin's machines, and what
// they answer.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "client/fetch_sink.hpp"
#include "client/metadata_snapshot.hpp"

namespace klamm::client {

/// What is consumed: a list of topics, or those whose names match.
struct subscription {
  using topic_set = std::set<std::string, std::less<>>;

  topic_set topics{};
  /// Null: the list. Else the topics that pass, found by the client.
  std::function<bool(std::string_view)> passes{};
  /// Not empty: the same as an RE2 expression, for a coordinator that finds them (KIP-848).
  std::string regex{};

  bool empty() const { return topics.empty() && !passes && regex.empty(); }
};

/// A place in a partition that the broker has to look up.
struct beginning {};
struct end {};
/// The record with the greatest timestamp (KIP-734).
struct newest {};
using place = std::variant<offset, beginning, end, timestamp, newest>;

struct seek_command {
  topic_partition at;
  /// The epoch that the hand-off started with this seek.
  position_epoch epoch;
  place to;
  klamm::leader_epoch leader_epoch;
};

struct committed_offset {
  topic_partition at;
  /// The next offset to read. As an answer: -1, nothing is committed.
  klamm::offset next;
  klamm::leader_epoch leader_epoch;
  std::string metadata;
};

/// Who asks for a commit: the application, or the consumer, which never takes back what the application has committed.
enum class commit_origin : std::uint8_t { by_hand, by_itself };

/// One outcome per item, in the order asked.
template <class K, class T>
using per_item = std::vector<std::pair<K, result<T>>>;

struct offset_at_time {
  klamm::offset offset;
  klamm::timestamp timestamp;
  klamm::leader_epoch leader_epoch;
};

struct close_report {
  bool left_group = true;
  std::optional<error> first_error;
};

namespace admin {

struct new_topic {
  std::string name;
  /// -1: the broker's default.
  std::int32_t partitions = -1;
  std::int32_t replication = -1;
  /// Explicit replicas for each partition; empty: the broker places them.
  std::vector<std::vector<node_id>> assignment;
  std::vector<std::pair<std::string, std::optional<std::string>>> configs;
};
struct created_topic {
  std::string name;
  uuid id;
  std::int32_t partitions = -1;
  std::int16_t replication = -1;
};

/// Who may lead a partition though the ISR is too small (KIP-966).
struct eligible_leaders {
  std::vector<node_id> now, last_known;
};
struct topic_description {
  topic_view view;
  /// Of each partition; empty from brokers that do not tell.
  std::vector<eligible_leaders> eligible;
};

struct broker_info {
  node_id id;
  std::string host;
  std::int32_t port = 0;
  std::optional<std::string> rack;
};
struct cluster_description {
  std::string cluster_id;
  node_id controller;
  std::vector<broker_info> brokers;
};

struct listed_group {
  std::string id, protocol_type, state, type;
};
struct group_member {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id, client_host;
  std::vector<topic_partition> assignment;
};
struct group_description {
  std::string id, state, protocol_type, protocol;
  node_id coordinator;
  std::vector<group_member> members;
};

enum class config_resource_type : std::int8_t { topic = 2, broker = 4, broker_logger = 8, group = 32 };
struct config_resource {
  config_resource_type type = config_resource_type::topic;
  std::string name;
  auto operator<=>(const config_resource&) const = default;
};
struct config_entry {
  std::string name;
  std::optional<std::string> value;
  std::int8_t source = 0;
  bool read_only = false, sensitive = false;
};
enum class config_operation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };
struct config_change {
  std::string name;
  config_operation operation = config_operation::set;
  std::optional<std::string> value;
};

struct quorum_replica {
  node_id id;
  /// Zero where the quorum does not know it (KIP-853).
  uuid directory;
  offset log_end;
  /// -1: unknown.
  timestamp last_fetch, last_caught_up;
};
struct quorum_endpoint {
  node_id node;
  std::string listener, host;
  std::uint16_t port = 0;
};
struct quorum_description {
  node_id leader;
  klamm::leader_epoch leader_epoch;
  offset high_watermark;
  std::vector<quorum_replica> voters, observers;
  /// Of the voters.
  std::vector<quorum_endpoint> endpoints;
};

/// Whom to add to the quorum's voters, or to remove; then nobody looks at its endpoints.
struct raft_voter {
  node_id id;
  std::string directory;  // as Kafka prints it
  std::vector<quorum_endpoint> endpoints;
};

struct version_range {
  std::int16_t min = 0, max = 0;
};
struct feature_description {
  std::map<std::string, std::int16_t> finalized;
  /// Of the finalized levels; -1: unknown.
  std::int64_t epoch = -1;
  std::map<std::string, version_range> supported;
};

enum class election_type : std::int8_t { preferred = 0, unclean = 1 };
struct reassignment_request {
  topic_partition at;
  /// Nothing: the reassignment under way is cancelled.
  std::optional<std::vector<node_id>> replicas;
};
struct reassignment {
  topic_partition at;
  std::vector<node_id> replicas, adding, removing;
};

}  // namespace admin
}  // namespace klamm::client
