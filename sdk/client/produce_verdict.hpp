// What becomes of a batch after the broker's answer, or after none came.
//
//   answer                                                  verdict
//   -----------------------------------------------------   ---------------------------------------------------------------
//   none, DUPLICATE_SEQUENCE_NUMBER                         acknowledged
//   MESSAGE_TOO_LARGE, more than one record                 split (KIP-126)
//   OUT_OF_ORDER_SEQUENCE_NUMBER, earlier ones unresolved   retry: it was only ahead of them
//   OUT_OF_ORDER_SEQUENCE_NUMBER of the oldest one,         renumber under a new epoch, then retry (KIP-360)
//     UNKNOWN_PRODUCER_ID, INVALID_PRODUCER_EPOCH
//   the same of a part of a batch that was split though   failed, all its parts: they may be written, or not
//     it may have been written
//   REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS_AFTER_APPEND,    retry; perhaps it is written
//     a lost connection, a request that got no answer
//   NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR             the same: it may have led, and appended, until a moment ago
//   another retriable error                                 retry; it is not written
//   CLUSTER_AUTHORIZATION_FAILED, PRODUCER_FENCED, ...      fatal: the producer can do no more
//   anything else                                           failed
#pragma once

#include "base/error.hpp"

namespace klamm::client {

enum class produce_verdict {
  acknowledged,
  retry,
  retry_perhaps_written,
  renumber,
  split,
  failed,
  parts_failed,
  fatal
};

struct batch_facts {
  bool idempotent = true;
  /// No earlier batch of the partition is unresolved.
  bool oldest = true;
  bool splittable = false;
  bool part_of_perhaps_written = false;
};

produce_verdict judge_produce(error_code code, batch_facts batch);

}  // namespace klamm::client
