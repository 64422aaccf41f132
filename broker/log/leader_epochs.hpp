// Which leader epoch began where in a log (KIP-101, KIP-279): what followers and clients compare to find where they diverge.
//
//   asked for epoch                      end_for() answers
//   ----------------------------------   -------------------------------------------------
//   the latest                           (it, log end)
//   above the latest, or none recorded   (-1, -1)
//   recorded, not the latest             (it, the next one's start)
//   between two that are recorded        (the lower one, the upper one's start)
//   below the first                      (the epoch asked for, the first one's start)
#pragma once

#include <optional>
#include <vector>

#include "broker/log/checkpoint_files.hpp"
#include "broker/log/log_types.hpp"

namespace klamm::broker::log {

class leader_epochs {
 public:
  leader_epochs() = default;
  explicit leader_epochs(std::vector<epoch_start> entries) : entries_(std::move(entries)) {}

  /// `epoch` begins at `start`, unless it is known. What was recorded for higher epochs or higher starts is dropped: it
  /// was never written to. Returns whether anything changed.
  bool assign(leader_epoch epoch, offset start);
  /// Drops what starts at or behind `end`, even if the log itself has nothing to cut (KAFKA-10706).
  bool truncate_from_end(offset end);
  /// Drops what ended at or before `start`; the epoch that `start` lies in begins there from now on.
  bool truncate_from_start(offset start);
  void clear() { entries_.clear(); }

  epoch_end end_for(leader_epoch epoch, offset log_end) const;
  /// The epoch of the record at `at`; -1 below the first.
  leader_epoch epoch_at(offset at) const;
  leader_epoch latest() const { return entries_.empty() ? leader_epoch() : entries_.back().epoch; }
  /// 0 if none is known.
  offset first_start() const { return entries_.empty() ? offset(0) : entries_.front().start; }
  const std::vector<epoch_start>& entries() const { return entries_; }

 private:
  std::vector<epoch_start> entries_;  // both members rise
};

}  // namespace klamm::broker::log
