// The control records that the quorum writes about itself: into its log and into its snapshots.
//
//   in the log       LeaderChange                         an epoch begins
//                    LeaderChange, KRaftVersion, Voters   the same, and the log did not say yet who votes, or not as it is now
//                    Voters                               one voter more, one less, or one that is reached elsewhere
//                    KRaftVersion, Voters                 from here on the log says who votes (kraft.version 0 to 1)
//   in a snapshot    SnapshotHeader, KRaftVersion, Voters; at the end SnapshotFooter
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "broker/raft/voters.hpp"
#include "wire/control_record.hpp"

namespace klamm::broker::raft {

using control_values = std::vector<std::pair<wire::control_type, std::vector<std::byte>>>;

control_values leader_change(node_id leader, std::span<const voter> voters,
                             std::span<const node_id> granting);
control_values voters_value(std::span<const voter> voters);
/// The version, and the voters where it has any.
control_values voting_values(const voter_history::state& said);
control_values snapshot_header(timestamp last_appended);
control_values snapshot_footer();

struct batch_place {
  offset base{0};
  leader_epoch epoch{0};
};
byte_chain control_batch(const control_values& values, const batch_place& where, timestamp at);

/// Puts into `to` what the batches say of who votes, at their offsets or all at `as_of`. CORRUPT_MESSAGE where a record of
/// theirs does not decode.
result<void> read_voting(const buffer_slice& batches, std::optional<offset> as_of, voter_history& to);

}  // namespace klamm::broker::raft
