#include "client/produce_verdict.hpp"

namespace klamm::client {

produce_verdict judge_produce(error_code code, batch_facts batch) {
  using enum produce_verdict;
  const auto begin_anew = batch.part_of_perhaps_written ? parts_failed : renumber;
  switch (code) {
    case error_code::none:
    case error_code::duplicate_sequence_number: return acknowledged;
    case error_code::message_too_large: return batch.splittable ? split : failed;
    case error_code::out_of_order_sequence_number:
      if (!batch.idempotent) return failed;
      return batch.oldest ? begin_anew : retry;
    case error_code::unknown_producer_id:
    case error_code::invalid_producer_epoch: return batch.idempotent ? begin_anew : failed;
    case error_code::timed_out: return retry_perhaps_written;
    case error_code::cluster_authorization_failed:
    case error_code::producer_fenced:
    case error_code::transactional_id_authorization_failed:
    case error_code::unsupported_for_message_format: return fatal;
    default:
      if (!retriable(code)) return failed;
      return leaves_open(code) ? retry_perhaps_written : retry;
  }
}

}  // namespace klamm::client
