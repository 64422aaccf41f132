// Which of the fetched batches are for the application, and where the position goes.
//
//   in the answer                                    what happens
//   ----------------------------------------------   ------------------------------------------------------------
//   a batch that ends below the position             passed over
//   a batch that begins below it                     handed on; records below the position are for nobody
//   a control batch                                  passed over; the position moves behind it
//   a batch of an aborted transaction, read_committed  the same
//   a batch whose records compaction took away       the same: behind its last offset
//   an unfinished batch at the end                   left out: it comes again
//   nothing but an unfinished batch, or no batch     CORRUPT_MESSAGE: going on is impossible
//
// Aborted transactions count from their first offset until their abort marker.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"

namespace klamm::client {

struct aborted_transaction {
  producer_id producer;
  offset first;
};

struct fetched_records {
  std::vector<buffer_slice> batches;
  /// Behind everything that was whole.
  offset next;
  /// Of the last whole batch; -1 before magic 2.
  leader_epoch last_epoch;
  error_code damage = error_code::none;
  /// In `batches`, at the position and beyond; a compressed message before magic 2 counts as one.
  std::size_t count = 0;
  /// Of `batches`.
  std::size_t bytes = 0;
};

/// `aborted` in any order; empty unless only committed records are read.
fetched_records select_batches(buffer_slice records, offset position,
                               std::vector<aborted_transaction> aborted);

}  // namespace klamm::client
