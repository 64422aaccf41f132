// The admin client's operations on who may do what, and how much: ACLs, SCRAM credentials, quotas, delegation tokens.
// Included by klamm/admin.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <klamm/admin_access_types.hpp>
#include <klamm/detail/async.hpp>

namespace klamm {
inline namespace v1 {

class Admin;

/// A part of Admin; nothing else is one.
class KLAMM_API AdminAccess {
 public:
  /// The ACLs that pass (KIP-140). Errors: security_disabled (the brokers have no authorizer), cluster_authorization_failed.
  std::vector<AclBinding> describe_acls(const AclFilter& which = {}) {
    return describe_acls(which, as_result).value();
  }
  Result<std::vector<AclBinding>> describe_acls(const AclFilter& which, as_result_t) noexcept;
  template <class Token = Default>
  Async<std::vector<AclBinding>, Token> async_describe_acls(const AclFilter& which, Token&& token = {}) {
    return detail::initiate(defer_describe_acls(which), std::forward<Token>(token));
  }

  /// Adds ACLs; one that exists already is no error (KIP-140). Errors: invalid_request (a resource, operation or principal that
  /// cannot be), security_disabled, cluster_authorization_failed.
  PerItem<AclBinding, void> create_acls(ListRef<AclBinding> acls) {
    return create_acls(acls, as_result).value();
  }
  Result<PerItem<AclBinding, void>> create_acls(ListRef<AclBinding> acls, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<AclBinding, void>, Token> async_create_acls(ListRef<AclBinding> acls, Token&& token = {}) {
    return detail::initiate(defer_create_acls(acls), std::forward<Token>(token));
  }

  /// Deletes all ACLs that pass one of these, and tells which they were (KIP-140); those that were deleted before an answer was
  /// lost are not told. AclFilter{} passes them all. A filter of which
  /// one could not be deleted fails as a whole; the others may be gone. Errors: security_disabled, cluster_authorization_failed.
  PerItem<AclFilter, std::vector<AclBinding>> delete_acls(ListRef<AclFilter> which) {
    return delete_acls(which, as_result).value();
  }
  Result<PerItem<AclFilter, std::vector<AclBinding>>> delete_acls(ListRef<AclFilter> which,
                                                                  as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<AclFilter, std::vector<AclBinding>>, Token> async_delete_acls(ListRef<AclFilter> which,
                                                                              Token&& token = {}) {
    return detail::initiate(defer_delete_acls(which), std::forward<Token>(token));
  }

  /// The SCRAM credentials of these users or, without any, of all that have some, without their secrets (KIP-554). Errors:
  /// resource_not_found (a user without), duplicate_resource, cluster_authorization_failed.
  PerItem<std::string, std::vector<ScramCredentialInfo>> describe_user_scram_credentials(
      ListRef<std::string_view> users = {}) {
    return describe_user_scram_credentials(users, as_result).value();
  }
  Result<PerItem<std::string, std::vector<ScramCredentialInfo>>> describe_user_scram_credentials(
      ListRef<std::string_view> users, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, std::vector<ScramCredentialInfo>>, Token> async_describe_user_scram_credentials(
      ListRef<std::string_view> users, Token&& token = {}) {
    return detail::initiate(defer_describe_user_scram_credentials(users), std::forward<Token>(token));
  }

  /// Sets or deletes SCRAM credentials, and has an outcome for each user: all that is asked for a user is done or nothing
  /// (KIP-554). What is sent is made of the password here, on the calling thread (about 0.2 us an iteration). Errors:
  /// unacceptable_credential (iterations that the broker does not take, or an empty password), resource_not_found (nothing to
  /// delete, after a lost answer also because it was done), unsupported_sasl_mechanism, duplicate_resource, cluster_authorization_failed.
  PerItem<std::string, void> alter_user_scram_credentials(ListRef<ScramCredentialChange> changes) {
    return alter_user_scram_credentials(changes, as_result).value();
  }
  Result<PerItem<std::string, void>> alter_user_scram_credentials(ListRef<ScramCredentialChange> changes,
                                                                  as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, void>, Token> async_alter_user_scram_credentials(
      ListRef<ScramCredentialChange> changes, Token&& token = {}) {
    return detail::initiate(defer_alter_user_scram_credentials(changes), std::forward<Token>(token));
  }

  /// The quotas of entities that match all of these; strict: and that have no other parts (KIP-546). Errors:
  /// cluster_authorization_failed, invalid_request (a type that is none).
  std::vector<ClientQuota> describe_client_quotas(ListRef<QuotaMatch> which = {}, bool strict = false) {
    return describe_client_quotas(which, strict, as_result).value();
  }
  Result<std::vector<ClientQuota>> describe_client_quotas(ListRef<QuotaMatch> which, bool strict,
                                                          as_result_t) noexcept;
  template <class Token = Default>
  Async<std::vector<ClientQuota>, Token> async_describe_client_quotas(ListRef<QuotaMatch> which, bool strict,
                                                                      Token&& token = {}) {
    return detail::initiate(defer_describe_client_quotas(which, strict), std::forward<Token>(token));
  }

  /// Sets and removes quotas (KIP-546). Errors: invalid_request (a key or a value that cannot be), cluster_authorization_failed.
  PerItem<QuotaEntity, void> alter_client_quotas(ListRef<ClientQuotaChange> changes) {
    return alter_client_quotas(changes, as_result).value();
  }
  Result<PerItem<QuotaEntity, void>> alter_client_quotas(ListRef<ClientQuotaChange> changes,
                                                         as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<QuotaEntity, void>, Token> async_alter_client_quotas(ListRef<ClientQuotaChange> changes,
                                                                     Token&& token = {}) {
    return detail::initiate(defer_alter_client_quotas(changes), std::forward<Token>(token));
  }

  /// Makes a token by which others authenticate as its owner (KIP-48, KIP-373), until it expires: after
  /// `delegation.token.expiry.time.ms` of the brokers, if it is not renewed. Brokers may take a moment to know it, the one
  /// that was asked, too. After a lost answer it is asked for again, and the token that was not told lives until it expires. Errors:
  /// delegation_token_auth_disabled (the brokers have no `delegation.token.secret.key`), delegation_token_request_not_allowed
  /// (over a connection without authentication, or by a token), delegation_token_authorization_failed (CreateTokens on the
  /// owner), invalid_principal_type (a renewer that is no user), invalid_request (an owner, from brokers before 3.3).
  DelegationToken create_delegation_token(const NewDelegationToken& token = {}) {
    return create_delegation_token(token, as_result).value();
  }
  Result<DelegationToken> create_delegation_token(const NewDelegationToken& token, as_result_t) noexcept;
  template <class Token = Default>
  Async<DelegationToken, Token> async_create_delegation_token(const NewDelegationToken& token,
                                                              Token&& then = {}) {
    return detail::initiate(defer_create_delegation_token(token), std::forward<Token>(then));
  }

  /// Lets a token live for `period` from now on, no longer than `delegation.token.expiry.time.ms`, which it is without one, nor
  /// beyond DelegationToken::max_expiry. Gives when it expires (KIP-48). Errors: delegation_token_not_found,
  /// delegation_token_owner_mismatch (neither owner nor renewer), delegation_token_expired, invalid_timestamp (beyond max_expiry),
  /// delegation_token_auth_disabled, delegation_token_request_not_allowed, invalid_request (`hmac` is not base64).
  Timestamp renew_delegation_token(std::string_view hmac, std::optional<Millis> period = {}) {
    return renew_delegation_token(hmac, period, as_result).value();
  }
  Result<Timestamp> renew_delegation_token(std::string_view hmac, std::optional<Millis> period,
                                           as_result_t) noexcept;
  template <class Token = Default>
  Async<Timestamp, Token> async_renew_delegation_token(std::string_view hmac, std::optional<Millis> period,
                                                       Token&& token = {}) {
    return detail::initiate(defer_renew_delegation_token(hmac, period), std::forward<Token>(token));
  }

  /// Ends a token `after` from now, or at once (0 and below), and gives when that is (KIP-48). Who is connected by it stays so.
  /// Errors: as renew_delegation_token(); delegation_token_not_found after a lost answer also because it was done.
  Timestamp expire_delegation_token(std::string_view hmac, Millis after = Millis(0)) {
    return expire_delegation_token(hmac, after, as_result).value();
  }
  Result<Timestamp> expire_delegation_token(std::string_view hmac, Millis after, as_result_t) noexcept;
  template <class Token = Default>
  Async<Timestamp, Token> async_expire_delegation_token(std::string_view hmac, Millis after,
                                                        Token&& token = {}) {
    return detail::initiate(defer_expire_delegation_token(hmac, after), std::forward<Token>(token));
  }

  /// The tokens of these owners or, without any, of all, with their secrets: those that one owns, may renew, or may describe
  /// (KIP-48). Errors: delegation_token_auth_disabled, delegation_token_request_not_allowed, invalid_principal_type (what is not
  /// written as `User:alice`).
  std::vector<DelegationToken> describe_delegation_tokens(ListRef<std::string_view> owners = {}) {
    return describe_delegation_tokens(owners, as_result).value();
  }
  Result<std::vector<DelegationToken>> describe_delegation_tokens(ListRef<std::string_view> owners,
                                                                  as_result_t) noexcept;
  template <class Token = Default>
  Async<std::vector<DelegationToken>, Token> async_describe_delegation_tokens(
      ListRef<std::string_view> owners, Token&& token = {}) {
    return detail::initiate(defer_describe_delegation_tokens(owners), std::forward<Token>(token));
  }

 private:
  friend class Admin;
  AdminAccess() = default;
  AdminAccess(const AdminAccess&) = default;
  AdminAccess& operator=(const AdminAccess&) = default;

  detail::Deferred<std::vector<AclBinding>> defer_describe_acls(const AclFilter& which);
  detail::Deferred<PerItem<AclBinding, void>> defer_create_acls(ListRef<AclBinding> acls);
  detail::Deferred<PerItem<AclFilter, std::vector<AclBinding>>> defer_delete_acls(ListRef<AclFilter> which);
  detail::Deferred<PerItem<std::string, std::vector<ScramCredentialInfo>>>
  defer_describe_user_scram_credentials(ListRef<std::string_view> users);
  detail::Deferred<PerItem<std::string, void>> defer_alter_user_scram_credentials(
      ListRef<ScramCredentialChange> changes);
  detail::Deferred<std::vector<ClientQuota>> defer_describe_client_quotas(ListRef<QuotaMatch> which,
                                                                          bool strict);
  detail::Deferred<PerItem<QuotaEntity, void>> defer_alter_client_quotas(ListRef<ClientQuotaChange> changes);
  detail::Deferred<DelegationToken> defer_create_delegation_token(const NewDelegationToken& token);
  detail::Deferred<Timestamp> defer_renew_delegation_token(std::string_view hmac,
                                                           std::optional<Millis> period);
  detail::Deferred<Timestamp> defer_expire_delegation_token(std::string_view hmac, Millis after);
  detail::Deferred<std::vector<DelegationToken>> defer_describe_delegation_tokens(
      ListRef<std::string_view> owners);
};

}  // namespace v1
}  // namespace klamm
