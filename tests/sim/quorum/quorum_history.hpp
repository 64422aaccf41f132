// What all members of a simulated quorum ever delivered, held against each other as it happens.
//
//   holds                                                         checked at
//   -----------------------------------------------------------   ---------------------------------------
//   an epoch has one leader                                       every leader that is seen
//   an offset has one committed record, everywhere, for ever      every record delivered
//   a snapshot is the records that it takes the place of          every snapshot delivered
//   committed sets of voters differ by one voter at most          every set that a leader has committed
//   a member's epoch and high watermark never go back in a life   every event (quorum_member)
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "broker/raft/voters.hpp"

namespace klamm::sim {

class quorum_history {
 public:
  /// Whether it is news.
  bool leads(node_id member, leader_epoch epoch);
  /// A record that a member says is committed.
  void delivered(node_id member, offset at, std::string_view value);
  /// Records that a member read from a snapshot of everything below `end`.
  void restored(node_id member, offset end, const std::vector<std::string>& values);
  /// Who votes, as a leader has committed it.
  void voters(node_id leader, offset at, std::span<const broker::raft::voter> who);
  std::size_t voter_sets() const { return voters_.size(); }
  void broken(std::string what) { failures_.push_back(std::move(what)); }

  /// Every record committed below `end`, in order.
  std::vector<std::string> values_below(offset end) const;
  std::size_t committed() const { return records_.size(); }
  offset last() const { return records_.empty() ? offset(-1) : records_.rbegin()->first; }
  std::size_t leaders() const { return leaders_.size(); }
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  std::map<leader_epoch, node_id> leaders_;
  std::map<offset, std::string> records_;
  std::map<offset, std::set<broker::raft::replica_key>> voters_;
  std::vector<std::string> failures_;
};

}  // namespace klamm::sim
