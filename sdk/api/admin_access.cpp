// Operations on ACLs, SCRAM credentials, quotas and delegation tokens.
#include <utility>

#include <klamm/admin.hpp>

#include "api/admin_client.hpp"
#include "api/admin_convert.hpp"
#include "api/scram_change.hpp"

namespace klamm {
inline namespace v1 {

using api::administer;
using api::answered;
using api::outcomes;
using client::administration;

namespace {

// Of a delegation token's times.
constexpr Millis brokers_default(-1), at_once(-1);

template <class T>
auto all_internal(ListRef<T> from) {
  std::vector<decltype(api::to_internal(*from.begin()))> all;
  for (const auto& one : from) all.push_back(api::to_internal(one));
  return all;
}

client::admin::quota_match to_internal(const QuotaMatch& match) {
  using kind = client::admin::quota_match::kind;
  return {match.type, static_cast<kind>(match.kind), match.name};
}

}  // namespace

detail::Deferred<std::vector<AclBinding>> AdminAccess::defer_describe_acls(const AclFilter& which) {
  return administer<std::vector<AclBinding>>(*this, "describe ACLs", &administration::describe_acls,
                                             answered(api::publicly_each), api::to_internal(which));
}

detail::Deferred<PerItem<AclBinding, void>> AdminAccess::defer_create_acls(ListRef<AclBinding> acls) {
  return administer<PerItem<AclBinding, void>>(*this, "create ACLs", &administration::create_acls,
                                               outcomes<AclBinding>("create the ACL"), all_internal(acls));
}

detail::Deferred<PerItem<AclFilter, std::vector<AclBinding>>> AdminAccess::defer_delete_acls(
    ListRef<AclFilter> which) {
  using deleted = std::vector<AclBinding>;
  return administer<PerItem<AclFilter, deleted>>(
      *this, "delete ACLs", &administration::delete_acls,
      outcomes<AclFilter, deleted>("delete the ACLs", api::publicly_each), all_internal(which));
}

detail::Deferred<PerItem<std::string, std::vector<ScramCredentialInfo>>>
AdminAccess::defer_describe_user_scram_credentials(ListRef<std::string_view> users) {
  using credentials = std::vector<ScramCredentialInfo>;
  return administer<PerItem<std::string, credentials>>(
      *this, "describe SCRAM credentials", &administration::describe_scram,
      outcomes<std::string, credentials>("describe the credentials of", api::publicly_each),
      api::to_strings(users));
}

detail::Deferred<PerItem<std::string, void>> AdminAccess::defer_alter_user_scram_credentials(
    ListRef<ScramCredentialChange> changes) {
  std::vector<client::admin::scram_change> asked;
  for (const auto& change : changes) asked.push_back(api::derived(change));
  return administer<PerItem<std::string, void>>(
      *this, "alter SCRAM credentials", &administration::alter_scram,
      outcomes<std::string>("alter the credentials of"), std::move(asked));
}

detail::Deferred<std::vector<ClientQuota>> AdminAccess::defer_describe_client_quotas(
    ListRef<QuotaMatch> which, bool strict) {
  std::vector<client::admin::quota_match> asked;
  for (const auto& match : which) asked.push_back(to_internal(match));
  return administer<std::vector<ClientQuota>>(*this, "describe quotas", &administration::describe_quotas,
                                              answered(api::publicly_each), std::move(asked), strict);
}

detail::Deferred<PerItem<QuotaEntity, void>> AdminAccess::defer_alter_client_quotas(
    ListRef<ClientQuotaChange> changes) {
  std::vector<client::admin::quota_change> asked;
  for (const auto& change : changes) asked.push_back({change.entity.names, change.values});
  return administer<PerItem<QuotaEntity, void>>(*this, "alter quotas", &administration::alter_quotas,
                                                outcomes<QuotaEntity>("alter the quotas of"),
                                                std::move(asked), false);
}

detail::Deferred<DelegationToken> AdminAccess::defer_create_delegation_token(
    const NewDelegationToken& token) {
  return administer<DelegationToken>(
      *this, "create a delegation token", &administration::create_token, answered(api::publicly),
      client::admin::new_token{token.owner, token.renewers, token.max_lifetime.value_or(brokers_default)});
}

detail::Deferred<Timestamp> AdminAccess::defer_renew_delegation_token(std::string_view hmac,
                                                                      std::optional<Millis> period) {
  return administer<Timestamp>(*this, "renew a delegation token", &administration::renew_token,
                               answered(api::publicly), std::string(hmac), period.value_or(brokers_default));
}

detail::Deferred<Timestamp> AdminAccess::defer_expire_delegation_token(std::string_view hmac, Millis after) {
  return administer<Timestamp>(*this, "expire a delegation token", &administration::expire_token,
                               answered(api::publicly), std::string(hmac),
                               after > Millis(0) ? after : at_once);
}

detail::Deferred<std::vector<DelegationToken>> AdminAccess::defer_describe_delegation_tokens(
    ListRef<std::string_view> owners) {
  return administer<std::vector<DelegationToken>>(*this, "describe delegation tokens",
                                                  &administration::describe_tokens,
                                                  answered(api::publicly_each), api::to_strings(owners));
}

}  // namespace v1
}  // namespace klamm
