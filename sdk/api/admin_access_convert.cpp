// What is said of access, from the machines' types to the public ones and into words.
#include <array>

#include <fmt/format.h>

#include "api/admin_convert.hpp"

namespace klamm {
inline namespace v1 {
namespace {

// By Kafka's numbers; 0 is what a client does not know.
constexpr std::array resources{
    "", "any", "topic", "group", "cluster", "transactional id", "delegation token", "user"};
constexpr std::array patterns{"", "any", "match", "literal", "prefixed"};
constexpr std::array operations{"",
                                "any",
                                "all",
                                "read",
                                "write",
                                "create",
                                "delete",
                                "alter",
                                "describe",
                                "cluster action",
                                "describe configs",
                                "alter configs",
                                "idempotent write",
                                "create tokens",
                                "describe tokens",
                                "two phase commit"};
constexpr std::array permissions{"", "any", "deny", "allow"};

template <std::size_t N>
std::string word(const std::array<const char*, N>& words, auto value) {
  const auto number = static_cast<int>(value);
  return number > 0 && number < static_cast<int>(N) ? words[static_cast<std::size_t>(number)]
                                                    : std::to_string(number);
}

std::string sentence(const auto& acl, const std::string& name, const std::string& principal,
                     const std::string& host) {
  return fmt::format("{} from {} on {} {} \"{}\": {} {}", principal, host, word(resources, acl.resource),
                     word(patterns, acl.pattern), name, word(operations, acl.operation),
                     word(permissions, acl.permission));
}

}  // namespace

std::string to_string(const AclBinding& acl) { return sentence(acl, acl.name, acl.principal, acl.host); }

std::string to_string(const AclFilter& which) {
  return sentence(which, which.name.value_or("any"), which.principal.value_or("any"),
                  which.host.value_or("any"));
}

std::string to_string(const QuotaEntity& entity) {
  std::string text;
  for (const auto& [type, name] : entity.names)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", type, name.value_or("<default>"));
  return text;
}

}  // namespace v1

namespace api {

namespace {
// An ACL and a filter have the same fields in the same order, here and there.
template <class To>
To numbered(const auto& from) {
  return {static_cast<std::int8_t>(from.resource),
          from.name,
          static_cast<std::int8_t>(from.pattern),
          from.principal,
          from.host,
          static_cast<std::int8_t>(from.operation),
          static_cast<std::int8_t>(from.permission)};
}
template <class To>
To named(const auto& from) {
  return {AclResource(from.resource_type),
          from.resource,
          AclPattern(from.pattern),
          from.principal,
          from.host,
          AclOperation(from.operation),
          AclPermission(from.permission)};
}
}  // namespace

AclBinding to_public(const client::admin::acl& acl) { return named<AclBinding>(acl); }
AclFilter to_public(const client::admin::acl_filter& which) { return named<AclFilter>(which); }
client::admin::acl to_internal(const AclBinding& acl) { return numbered<client::admin::acl>(acl); }
client::admin::acl_filter to_internal(const AclFilter& which) {
  return numbered<client::admin::acl_filter>(which);
}

ScramCredentialInfo to_public(const client::admin::scram_credential& credential) {
  return {ScramMechanism(credential.mechanism), credential.iterations};
}

ClientQuota to_public(const client::admin::quota& quota) { return {{quota.entity}, quota.values}; }

Timestamp to_public(timestamp at) { return Timestamp(Millis(at.value)); }
DelegationToken to_public(const client::admin::delegation_token& token) {
  return {token.id,
          token.hmac,
          token.owner,
          token.requester,
          token.renewers,
          to_public(token.issued),
          to_public(token.expires),
          to_public(token.ends)};
}

}  // namespace api
}  // namespace klamm
