// What was asked to be committed of each partition, in that order, and what came of it: so that no commit comes behind a later one.
//
//   event                          what stands of the partition
//   ----------------------------   ------------------------------------------------------------------------------
//   ask                            one more, the newest
//   done, or perhaps done          what the last try said, and what was asked after it
//   refused                        the others
//
// A try that is repeated says the newest place. A commit that the consumer makes by itself leaves out what stands further on in the
// same life of the position: the application has committed more than what had settled.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "client/commands.hpp"

namespace klamm::client {

class asked_commits {
 public:
  /// Counts what was asked; the later is higher.
  using number = std::uint64_t;
  struct entry {
    number asked;
    committed_offset place;
    position_epoch life;  // of the position then
  };

  const entry& ask(const committed_offset& place, position_epoch life);
  /// The newest that stands. Precondition: there is one, as while a commit of the partition is under way.
  const entry& newest(const topic_partition& at) const { return of_.at(at).back(); }
  void done(const topic_partition& at, number said);
  void refused(const topic_partition& at, number asked);
  /// Whether more than `next` stands, in this life of the position; without one: in the last.
  bool beyond(const topic_partition& at, std::optional<position_epoch> life, offset next) const;

 private:
  number last_ = 0;
  std::map<topic_partition, std::vector<entry>> of_;
};

}  // namespace klamm::client
