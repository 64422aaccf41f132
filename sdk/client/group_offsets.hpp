// Committed offsets of a group: written and read at its coordinator.
//
//   answer to a commit, for any partition                         what happens
//   -----------------------------------------------------------   -----------------------------------------------------
//   coordinator moved or loads, timed out; a partition is not     tried again after a backoff, until the deadline
//   there yet, but by our metadata it is
//   ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID,    that error; the member is told, and joins again
//   REBALANCE_IN_PROGRESS
//   STALE_MEMBER_EPOCH, and the membership goes on (KIP-848)      tried again after a backoff, with the epoch that holds then
//   anything else                                                 that error
//
// A try that is repeated says the newest place that was asked to be committed, so that no earlier one comes last.
//
// A commit belongs to the membership in which it was made through all its tries: if that is over, the coordinator refuses
// it, and another member's commit is never overwritten.
#pragma once

#include <functional>

#include "client/commands.hpp"
#include "client/group_places.hpp"
#include "client/requester.hpp"

namespace klamm::client {

/// In whose name a commit is made, at the moment of a try.
struct committer_now {
  committer as;
  /// The membership goes on, under an epoch that the next heartbeat may raise.
  bool epoch_moves = false;
};
using committer_source = std::function<committer_now()>;
/// Whether the partition exists, as far as is known: one that was deleted will not come.
using existence = std::function<bool(const topic_partition&)>;
/// Asked before each try: puts a later place for the partition in the place's stead, if there is one by then.
using place_renewal = std::function<void(committed_offset&)>;

class group_offsets {
 public:
  using commit_handler = unique_function<void(per_item<topic_partition, void>, instant)>;
  using fetch_handler = unique_function<void(result<per_item<topic_partition, committed_offset>>, instant)>;

  explicit group_offsets(requester& requests) : requests_(requests) {}

  void commit(const std::string& group, committer_source who, std::vector<committed_offset> offsets,
              time_point deadline, commit_handler done, existence is_there = {}, place_renewal renew = {});
  /// Empty `of`: all that is committed. Waits for pending transactions (KIP-447).
  void fetch(const std::string& group, std::vector<topic_partition> of, time_point deadline,
             fetch_handler done);

 private:
  requester& requests_;
};

}  // namespace klamm::client
