// The order in which an inline disk does what it is given, so that a long piece of work (a topic with thousands of partitions is made
// or removed) does not hold up who asks for little meanwhile.
//
//   event                  what happens to an operation
//   --------------------   ----------------------------------------------------------------------------------------
//   put                    it comes before what waits, unless an operation on its own file waits: then behind that
//   take                   the first of this turn go; when there are none, of those that wait, if the turn is theirs
//   the turn is over       what is left of it waits, behind the others
//
// Operations on one file keep their order; others have none (log/disk.hpp).
#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>

#include "broker/log/disk.hpp"

namespace klamm::broker::server {

class disk_turns {
 public:
  void put(log::disk_effects&& operations);
  /// At most `most`; with `waiting`, from what waits if this turn has nothing else.
  log::disk_effects take(std::size_t most, bool waiting);
  void end_turn();
  bool empty() const { return now_.empty() && later_.empty(); }
  bool turn_is_done() const { return now_.empty(); }

 private:
  void wait(log::disk_request&& operation);

  std::deque<log::disk_request> now_, later_;
  std::unordered_map<log::file_id, std::size_t> waiting_;  // how many operations of a file wait
};

}  // namespace klamm::broker::server
