// What was asked to be committed of each partition, in that order, and what came of it: so that no commit comes behind a later one.
//
//   event                   under way    committed
//   ---------------------   ----------   ----------------------------------------------------
//   ask                     one more     -
//   done, or perhaps done   one less     what its last try said, unless that was asked earlier
//   refused                 one less     -
//
// What was asked last of both stands: a try that is repeated says it. A commit that the consumer makes by itself leaves out what
// stands further on in the same life of the position, as the application has committed more than what had settled.
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
  /// What stands. Precondition: there is something, as while a commit of the partition is under way.
  const entry& newest(const topic_partition& at) const { return *of_.at(at).newest(); }
  void done(number asked, const entry& said);
  void refused(number asked, const topic_partition& at);
  /// Whether more than `next` stands, in this life of the position; without one: in the last.
  bool beyond(const topic_partition& at, std::optional<position_epoch> life, offset next) const;

 private:
  struct commits {
    std::vector<entry> under_way;
    std::optional<entry> committed;

    const entry* newest() const;
    void end(number asked);
  };

  number last_ = 0;
  std::map<topic_partition, commits> of_;
};

}  // namespace klamm::client
