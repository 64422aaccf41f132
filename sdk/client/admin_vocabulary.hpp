// The administration's vocabulary beyond commands.hpp: members that leave, producers, transactions, log directories,
// features to change, and access (ACLs, SCRAM credentials, quotas, delegation tokens).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace klamm::client::admin {

/// Who is to leave a group: a static member by its instance, any by its id; the other may be empty.
struct leaving_member {
  std::string id, instance_id;
};

/// What a partition's leader remembers of a producer (KIP-664).
struct producer_state {
  klamm::producer_id id;
  std::int32_t epoch = -1;
  std::int32_t last_sequence = -1;
  timestamp last_timestamp;
  std::int32_t coordinator_epoch = -1;
  /// Where its open transaction begins; -1: none is open.
  offset transaction_start;
};

/// Empty lists and texts, and a negative duration, let everything pass.
struct transaction_filter {
  std::vector<std::string> states;
  std::vector<producer_id> producers;
  millis longer_than{-1};
  std::string pattern;  // RE2, of transactional ids (KIP-1152)
};
struct listed_transaction {
  std::string id;
  klamm::producer_id producer;
  std::string state;
};
struct transaction_description {
  std::string id, state;
  node_id coordinator;
  klamm::producer_id producer;
  klamm::producer_epoch epoch;
  millis timeout{};
  /// -1: none is open.
  timestamp started;
  std::vector<topic_partition> partitions;
};
/// One producer's open transaction, on one partition.
struct hanging_transaction {
  topic_partition at;
  klamm::producer_id producer;
  klamm::producer_epoch epoch;
  std::int32_t coordinator_epoch = 0;
};

struct more_partitions {
  std::string topic;
  /// How many it shall have in all.
  std::int32_t total = 0;
  /// Replicas of each new one; empty: the controller places them.
  std::vector<std::vector<node_id>> assignment;
};

struct stored_replica {
  topic_partition at;
  std::int64_t size = 0;
  std::int64_t lag = 0;
  /// It is being copied here from another directory (KIP-113).
  bool future = false;
};
struct log_dir {
  std::string path;
  /// A directory that cannot be read says so and has no replicas.
  result<void> state;
  /// -1: unknown.
  std::int64_t total_bytes = -1, usable_bytes = -1;
  bool cordoned = false;
  std::vector<stored_replica> replicas;
};

enum class upgrade_type : std::int8_t { upgrade = 1, safe_downgrade = 2, unsafe_downgrade = 3 };
struct feature_update {
  std::string name;
  /// 0: the feature is taken out of force.
  std::int16_t level = 0;
  upgrade_type type = upgrade_type::upgrade;
};

/// Mechanisms by Kafka's numbers: 1 is SCRAM-SHA-256, 2 SCRAM-SHA-512.
struct scram_credential {
  std::int8_t mechanism = 0;
  std::int32_t iterations = 0;
};
struct scram_change {
  std::string user;
  std::int8_t mechanism = 0;
  /// The credential is deleted, whatever the rest says.
  bool remove = false;
  std::int32_t iterations = 0;
  std::string salt, salted_password;
  /// Why no credential could be made of what was asked.
  std::optional<error> unacceptable{};
};

/// Principals as `User:alice`.
struct new_token {
  /// Empty: whoever asks.
  std::string owner;
  std::vector<std::string> renewers;
  /// -1: as long as the brokers allow.
  millis max_lifetime{-1};
};
struct delegation_token {
  std::string id;
  /// In base64: the password that the token is.
  std::string hmac;
  std::string owner, requester;
  std::vector<std::string> renewers;
  timestamp issued, expires;
  /// Beyond which it cannot be renewed.
  timestamp ends;
};

/// By type ("user", "client-id", "ip"); no name: the default of that type.
using quota_entity = std::map<std::string, std::optional<std::string>>;
struct quota_match {
  std::string type;
  enum kind : std::int8_t { exact = 0, of_default = 1, any = 2 } match = any;
  std::string name;
};
struct quota {
  quota_entity entity;
  std::map<std::string, double> values;
};
struct quota_change {
  quota_entity entity;
  /// No value: the quota is removed.
  std::vector<std::pair<std::string, std::optional<double>>> values;
};

/// Enumerations are Kafka's numbers.
struct acl {
  std::int8_t resource_type = 0;
  std::string resource;
  std::int8_t pattern = 0;
  std::string principal, host;
  std::int8_t operation = 0, permission = 0;
  auto operator<=>(const acl&) const = default;
};
struct acl_filter {
  std::int8_t resource_type = 0;
  std::optional<std::string> resource;
  std::int8_t pattern = 0;
  std::optional<std::string> principal, host;
  std::int8_t operation = 0, permission = 0;
  auto operator<=>(const acl_filter&) const = default;
};

}  // namespace klamm::client::admin
