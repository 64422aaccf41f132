// Operations on producers and transactions.
#include <utility>

#include <klamm/admin.hpp>

#include "api/admin_client.hpp"
#include "api/admin_convert.hpp"

namespace klamm {
inline namespace v1 {

using api::administer;
using api::answered;
using api::outcomes;
using client::administration;

detail::Deferred<PerItem<TopicPartition, std::vector<ProducerState>>>
AdminTransactions::defer_describe_producers(ListRef<TopicPartition> of) {
  using states = std::vector<ProducerState>;
  return administer<PerItem<TopicPartition, states>>(
      *this, "describe producers", &administration::describe_producers,
      outcomes<TopicPartition, states>("describe the producers of", api::publicly_each),
      api::to_internal(of));
}

detail::Deferred<std::vector<TransactionListing>> AdminTransactions::defer_list_transactions(
    const TransactionFilter& which) {
  return administer<std::vector<TransactionListing>>(*this, "list transactions",
                                                     &administration::list_transactions,
                                                     answered(api::publicly_each), api::to_internal(which));
}

detail::Deferred<PerItem<std::string, TransactionDescription>> AdminTransactions::defer_describe_transactions(
    ListRef<std::string_view> transactional_ids) {
  return administer<PerItem<std::string, TransactionDescription>>(
      *this, "describe transactions", &administration::describe_transactions,
      outcomes<std::string, TransactionDescription>("describe the transaction of", api::publicly),
      api::to_strings(transactional_ids));
}

detail::Deferred<void> AdminTransactions::defer_abort_transaction(const HangingTransaction& which) {
  return administer<void>(
      *this, "abort a transaction", &administration::abort_transaction, api::done,
      client::admin::hanging_transaction{api::to_internal(which.at), producer_id(which.producer_id),
                                         producer_epoch(which.producer_epoch), which.coordinator_epoch});
}

}  // namespace v1
}  // namespace klamm
