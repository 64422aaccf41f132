#include "client/transaction_errors.hpp"

namespace klamm::client {

bool says_fenced(error_code code) {
  return code == error_code::producer_fenced || code == error_code::invalid_producer_epoch;
}

bool says_forgotten(error_code code) {
  return code == error_code::invalid_txn_state || code == error_code::invalid_producer_id_mapping ||
         code == error_code::unknown_producer_id;
}

bool cured_by_aborting(error_code code) {
  if (retriable(code) || kind(code) == error_kind::abortable || says_forgotten(code)) return true;
  switch (code) {
    case error_code::illegal_generation:
    case error_code::unknown_member_id:
    case error_code::rebalance_in_progress:
    case error_code::fenced_member_epoch:
    case error_code::stale_member_epoch:
    case error_code::invalid_producer_epoch:
    case error_code::out_of_order_sequence_number:
    case error_code::delivery_timeout:
    case error_code::timed_out: return true;
    default: return false;
  }
}

}  // namespace klamm::client
