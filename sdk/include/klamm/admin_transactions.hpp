// The admin client's operations on producers and transactions. Included by klamm/admin.hpp.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <klamm/admin_types.hpp>
#include <klamm/detail/async.hpp>

namespace klamm {
inline namespace v1 {

class Admin;

/// A part of Admin; nothing else is one.
class KLAMM_API AdminTransactions {
 public:
  /// The producers that wrote to a partition of late, as its leader remembers them (KIP-664): with this and
  /// describe_transactions() a transaction is found that hangs. Errors: topic_authorization_failed, unknown_topic_or_partition;
  /// unsupported_version from brokers before 2.8.
  PerItem<TopicPartition, std::vector<ProducerState>> describe_producers(ListRef<TopicPartition> of) {
    return describe_producers(of, as_result).value();
  }
  Result<PerItem<TopicPartition, std::vector<ProducerState>>> describe_producers(ListRef<TopicPartition> of,
                                                                                 as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<TopicPartition, std::vector<ProducerState>>, Token> async_describe_producers(
      ListRef<TopicPartition> of, Token&& token = {}) {
    return detail::initiate(defer_describe_producers(of), std::forward<Token>(token));
  }

  /// The transactional ids of all coordinators, by id (KIP-664). Errors: invalid_request where a state of the filter is none,
  /// or the brokers are too old for a part of the filter; unsupported_version from brokers before 3.0.
  std::vector<TransactionListing> list_transactions(const TransactionFilter& which = {}) {
    return list_transactions(which, as_result).value();
  }
  Result<std::vector<TransactionListing>> list_transactions(const TransactionFilter& which,
                                                            as_result_t) noexcept;
  template <class Token = Default>
  Async<std::vector<TransactionListing>, Token> async_list_transactions(const TransactionFilter& which,
                                                                        Token&& token = {}) {
    return detail::initiate(defer_list_transactions(which), std::forward<Token>(token));
  }

  /// What each id's coordinator knows of it (KIP-664). Errors: transactional_id_not_found,
  /// transactional_id_authorization_failed; unsupported_version from brokers before 3.0.
  PerItem<std::string, TransactionDescription> describe_transactions(
      ListRef<std::string_view> transactional_ids) {
    return describe_transactions(transactional_ids, as_result).value();
  }
  Result<PerItem<std::string, TransactionDescription>> describe_transactions(
      ListRef<std::string_view> transactional_ids, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, TransactionDescription>, Token> async_describe_transactions(
      ListRef<std::string_view> transactional_ids, Token&& token = {}) {
    return detail::initiate(defer_describe_transactions(transactional_ids), std::forward<Token>(token));
  }

  /// Ends one producer's open transaction on one partition by an abort marker (KIP-664), where its coordinator has forgotten it,
  /// so that read_committed consumers go on. Only for a transaction that describe_transactions() does not show as open: the
  /// marker goes to the leader behind the coordinator's back. It is not sent twice where the first may be written, since it
  /// could end a later transaction: the error says so then. Errors: invalid_producer_epoch, transaction_coordinator_fenced,
  /// cluster_authorization_failed.
  void abort_transaction(const HangingTransaction& which) { abort_transaction(which, as_result).value(); }
  Result<void> abort_transaction(const HangingTransaction& which, as_result_t) noexcept;
  template <class Token = Default>
  Async<void, Token> async_abort_transaction(const HangingTransaction& which, Token&& token = {}) {
    return detail::initiate(defer_abort_transaction(which), std::forward<Token>(token));
  }

 private:
  friend class Admin;
  AdminTransactions() = default;
  AdminTransactions(const AdminTransactions&) = default;
  AdminTransactions& operator=(const AdminTransactions&) = default;

  detail::Deferred<PerItem<TopicPartition, std::vector<ProducerState>>> defer_describe_producers(
      ListRef<TopicPartition> of);
  detail::Deferred<std::vector<TransactionListing>> defer_list_transactions(const TransactionFilter& which);
  detail::Deferred<PerItem<std::string, TransactionDescription>> defer_describe_transactions(
      ListRef<std::string_view> transactional_ids);
  detail::Deferred<void> defer_abort_transaction(const HangingTransaction& which);
};

}  // namespace v1
}  // namespace klamm
