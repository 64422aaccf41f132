// What a voter is at one moment of the metadata quorum (KIP-595). A role is a value: becoming another replaces it, so that a
// candidate's votes or a leader's bookkeeping cannot outlive the role.
//
//   event \ role        unattached                     candidate                        leader
//   -----------------   ----------------------------   ------------------------------   ----------------------------------
//   election timeout    -> candidate, epoch + 1,       -> candidate, epoch + 1          -
//                       voted for itself
//   state persisted     -                              counts its own vote; with the    -
//                                                      majority -> leader, which
//                                                      appends LeaderChange
//   append              NOT_LEADER                     NOT_LEADER                       to its own log
//   own log synced      -                              -                                its own end moves, maybe the high
//                                                                                       watermark
//
// A quorum of one voter elects itself at once. Followers, votes and fetches of others come beside these.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace klamm::broker::raft {

/// Knows an epoch and no leader.
struct unattached {
  time_point election_at = never;
};

/// Stands for election in the current epoch.
class candidate {
 public:
  explicit candidate(std::span<const node_id> voters) : voters_(voters.begin(), voters.end()) {}

  void grant(node_id voter) {
    if (voters_.contains(voter)) granted_.insert(voter);
  }
  bool elected() const { return granted_.size() > voters_.size() / 2; }
  std::vector<node_id> granted() const { return {granted_.begin(), granted_.end()}; }

 private:
  std::set<node_id> voters_, granted_;
};

/// Leads the current epoch, which started at `epoch_start` with a LeaderChange record.
class leader {
 public:
  leader(std::span<const node_id> voters, offset epoch_start);

  offset epoch_start() const { return epoch_start_; }
  /// The voter has everything below `end` on disk. Ends never go back.
  void acknowledge(node_id voter, offset end);
  /// Everything below is on the disks of a majority; none until that covers the start of this epoch (Raft, section 5.4.2).
  std::optional<offset> high_watermark() const;

 private:
  offset epoch_start_;
  std::map<node_id, offset> ends_;
};

using role = std::variant<unattached, candidate, leader>;

/// The largest offset that more than half of the voters have reached. Precondition: `ends` is not empty.
offset majority_end(std::vector<offset> ends);

}  // namespace klamm::broker::raft
