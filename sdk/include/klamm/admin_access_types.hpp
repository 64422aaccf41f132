// What the admin client is asked with and answers about access: ACLs, SCRAM credentials, quotas, delegation
// tokens.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <klamm/admin_types.hpp>

namespace klamm {
inline namespace v1 {

// Enumerations of ACLs have Kafka's numbers; a broker may answer one that has no name here yet.
enum class AclResource : std::int8_t {
  any = 1,
  topic = 2,
  group = 3,
  cluster = 4,  ///< named "kafka-cluster"
  transactional_id = 5,
  delegation_token = 6,
  user = 7
};
/// How an ACL names its resources (KIP-290): exactly ("*": all), or all that begin so. The rest is for filters. any: whatever
/// the pattern. match: every ACL that says something about the resource of that name.
enum class AclPattern : std::int8_t { any = 1, match = 2, literal = 3, prefixed = 4 };
enum class AclOperation : std::int8_t {
  any = 1,
  all = 2,
  read = 3,
  write = 4,
  create = 5,
  remove = 6,  ///< Kafka's DELETE
  alter = 7,
  describe = 8,
  cluster_action = 9,
  describe_configs = 10,
  alter_configs = 11,
  idempotent_write = 12,
  create_tokens = 13,
  describe_tokens = 14,
  two_phase_commit = 15
};
enum class AclPermission : std::int8_t { any = 1, deny = 2, allow = 3 };

/// Lets a principal do something with resources, or denies it (KIP-140).
struct AclBinding {
  AclResource resource = AclResource::topic;
  std::string name{};
  AclPattern pattern = AclPattern::literal;
  std::string principal{};  ///< "User:alice"; "User:*": all
  std::string host = "*";   ///< an address; "*": all
  AclOperation operation = AclOperation::read;
  AclPermission permission = AclPermission::allow;
  auto operator<=>(const AclBinding&) const = default;
};
/// ACLs by what they say. What is not set lets all pass.
struct AclFilter {
  AclResource resource = AclResource::any;
  std::optional<std::string> name{};
  AclPattern pattern = AclPattern::any;
  std::optional<std::string> principal{}, host{};
  AclOperation operation = AclOperation::any;
  AclPermission permission = AclPermission::any;
  auto operator<=>(const AclFilter&) const = default;
};
/// `User:alice from * on topic literal "orders": read allow`, numbers where there is no name.
KLAMM_API std::string to_string(const AclBinding& acl);
KLAMM_API std::string to_string(const AclFilter& which);

enum class ScramMechanism : std::int8_t { sha256 = 1, sha512 = 2 };
struct ScramCredentialInfo {
  ScramMechanism mechanism{};
  int iterations = 0;
};
/// A credential to set or, without a password, to delete.
struct ScramCredentialChange {
  std::string user{};
  ScramMechanism mechanism = ScramMechanism::sha256;
  std::optional<std::string> password{};
  int iterations = 8192;  ///< 4,096 to 16,384
  std::string salt{};     ///< empty: 32 random bytes
};

/// Whom a quota bounds (KIP-546): names by type ("user", "client-id", "ip"); no name: all that have no quota of their own.
struct QuotaEntity {
  std::map<std::string, std::optional<std::string>> names{};
  auto operator<=>(const QuotaEntity&) const = default;
};
/// `user=alice, client-id=<default>`.
KLAMM_API std::string to_string(const QuotaEntity& entity);
struct ClientQuota {
  QuotaEntity entity{};
  /// By key: `producer_byte_rate` and `consumer_byte_rate` (bytes a second), `request_percentage`,
  /// `controller_mutation_rate`, `connection_creation_rate`.
  std::map<std::string, double> values{};
};
struct QuotaMatch {
  enum Kind { exact, of_default, any };
  std::string type{};  ///< "user", "client-id" or "ip"
  Kind kind = any;
  std::string name{};  ///< with `exact`
};
struct ClientQuotaChange {
  QuotaEntity entity{};
  /// Keys as in ClientQuota; no value: the quota is removed.
  std::vector<std::pair<std::string, std::optional<double>>> values{};
};

/// A delegation token to be made (KIP-48). Principals are written as `User:alice`.
struct NewDelegationToken {
  std::string owner{};  ///< empty: whoever asks; somebody else needs brokers from 3.3 (KIP-373)
  std::vector<std::string> renewers{};   ///< who may renew and expire it besides its owner
  std::optional<Millis> max_lifetime{};  ///< nothing, or more than it: `delegation.token.max.lifetime.ms`
};
/// A delegation token. Who has its HMAC is its owner: `Scram{Scram::sha512, token.id, token.hmac, true}`.
struct DelegationToken {
  std::string id;
  std::string hmac;              ///< a secret, in base64 as Kafka's tools show it
  std::string owner, requester;  ///< two where it was made for somebody else (KIP-373)
  std::vector<std::string> renewers{};
  Timestamp issued{};
  Timestamp expires{};     ///< unless it is renewed
  Timestamp max_expiry{};  ///< beyond which it cannot be renewed
};

}  // namespace v1
}  // namespace klamm
