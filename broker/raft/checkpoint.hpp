// A snapshot of the metadata log: the file `<end offset, 20 digits>-<epoch, 10 digits>.checkpoint` (KIP-630), record batches:
//
//   control batch: SnapshotHeader
//   control batches: KRaftVersion, Voters        who votes (KIP-853)
//   batches of metadata records                  the state, as records that build it from nothing
//   control batch: SnapshotFooter                without it the file is not whole
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "broker/raft/voters.hpp"

namespace klamm::broker::raft {

/// Names a snapshot: it holds everything below `end`, whose last record is of `epoch`.
struct snapshot_id {
  offset end{0};
  leader_epoch epoch{0};
  auto operator<=>(const snapshot_id&) const = default;
};

std::string checkpoint_name(const snapshot_id& id);
std::optional<snapshot_id> parse_checkpoint_name(std::string_view name);

using record_value = std::vector<std::byte>;

/// One batch of the metadata log. Precondition: at least one record.
std::vector<std::byte> encode_batch(std::span<const record_value> values, offset base, leader_epoch epoch,
                                    timestamp at);

struct checkpoint_content {
  voter_history::state voting;  // kraft.version 0: the configuration says who votes
  std::span<const record_value> records;
  timestamp last_appended;
};
byte_chain encode_checkpoint(const snapshot_id& id, const checkpoint_content& content);

/// Hears every metadata record in `batches`, in order; control batches are passed over.
using record_visitor = unique_function<void(bytes_view value, offset at, leader_epoch epoch)>;
/// Gives the epoch of the last batch. CORRUPT_MESSAGE where the batches are damaged or one is not whole.
result<leader_epoch> visit_records(const byte_chain& batches, record_visitor& visit);
/// As above, and where the snapshot's header or footer is missing.
result<void> visit_checkpoint(const buffer_slice& file, record_visitor& visit);

}  // namespace klamm::broker::raft
