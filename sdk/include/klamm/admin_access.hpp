// The admin client's operations on who may do what, and how much: ACLs, SCRAM credentials, quotas. Included by klamm/admin.hpp.
#pragma once

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
};

}  // namespace v1
}  // namespace klamm
