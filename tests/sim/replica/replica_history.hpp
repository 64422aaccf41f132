// What the replicas of a simulated cluster ever called committed, held against each other as it happens.
//
//   holds                                                            checked at
//   --------------------------------------------------------------   -----------------------------------------
//   an offset has one committed batch, on every replica, for ever    every move of a high watermark
//   whoever leads has everything that earlier epochs committed       every new leader
//   what was acknowledged to acks=all is committed                   every acknowledgement, and at the end
//   a replica's high watermark never goes back in a life             every event (replica_node)
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.hpp"

namespace klamm::sim {

/// A batch as far as it can be told from another.
struct batch_mark {
  leader_epoch epoch;
  offset next;
  std::uint32_t checksum = 0;
  bool operator==(const batch_mark&) const = default;
};

class replica_history {
 public:
  /// `by`, which is in the epoch `in_epoch`, says that the batch at `base` is committed.
  void committed(node_id by, leader_epoch in_epoch, partition_id in, offset base, const batch_mark& batch);
  /// It may be late: who was cut off hears that it led when others lead already, and have committed what it lacks.
  void leads(node_id who, partition_id of, leader_epoch epoch, offset end);
  /// What is below was deleted, whether anybody has looked at it before or not.
  void deleted(partition_id in, offset before);
  void acknowledged(partition_id in, offset base, std::uint64_t value);
  void broken(std::string what) { failures_.push_back(std::move(what)); }
  /// Whether everything that was acknowledged was called committed by somebody.
  void check_acknowledged();

  /// The highest offset that anybody called committed in an earlier epoch.
  offset committed_before(leader_epoch epoch, partition_id of) const;
  std::size_t acknowledgements() const { return acknowledged_.size(); }
  std::size_t leaders() const { return leaders_.size(); }
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  using place = std::pair<partition_id, offset>;
  std::map<place, batch_mark> batches_;
  std::map<partition_id, offset> starts_;
  std::map<std::pair<partition_id, leader_epoch>, offset> ends_;  // as they were called in each epoch
  std::map<place, std::uint64_t> acknowledged_;
  std::map<std::pair<partition_id, leader_epoch>, node_id> leaders_;
  std::vector<std::string> failures_;
};

}  // namespace klamm::sim
