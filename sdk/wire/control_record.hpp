// Control batches: one record each that the brokers write about the log itself and that no consumer is shown.
//
//   key: version int16, 0 | type int16         value, by type
//   ----------------------------------------   ---------------------------------------------------------------
//   0 abort, 1 commit                          version int16, 0 | coordinator epoch int32
//   2 leader change, 3 snapshot header,        messages of the schema: LeaderChange, SnapshotHeader,
//   4 snapshot footer, 5 KRaft version,        SnapshotFooter, KRaftVersion, Voters
//   6 voters
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "wire/record.hpp"
#include "wire/sealed_batch.hpp"

namespace klamm::wire {

enum class control_type : std::int16_t {
  abort,
  commit,
  leader_change,
  snapshot_header,
  snapshot_footer,
  kraft_version,
  voters,
};

/// The number in the key of a record of a control batch. It may be one that this version has no name for:
/// such records are passed over. Null where the key is too short or its version negative.
std::optional<control_type> read_control_type(const nullable_bytes& key);

/// How a transaction ended.
struct transaction_marker {
  bool committed = false;
  std::int32_t coordinator_epoch = 0;
};
/// Null where the record is not a whole marker.
std::optional<transaction_marker> read_transaction_marker(const record_view& record);

/// A control batch of one record. Stamp it with `control` (and, for markers, `transactional`) set.
sealed_batch make_control_batch(control_type type, bytes_view value, timestamp at);
sealed_batch make_transaction_marker(const transaction_marker& marker, timestamp at);

}  // namespace klamm::wire
