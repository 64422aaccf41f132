// What a node does while its files wait for a descriptor: tries again, says so, and gives up only where nobody could be served.
//
//   short for        serving                     starting, stopping
//   --------------   -------------------------   ---------------------------------------------
//   every 100 ms     try again                   try again
//   1 s              say so, and each 30 s       say so
//   10 s             -                           give up: nothing that runs would give one back
#pragma once

#include <cstddef>
#include <string>

#include "base/time.hpp"

namespace klamm::broker::server {

class descriptor_shortage {
 public:
  struct decision {
    bool retry = false, say = false, give_up = false;
  };

  decision look(time_point now, bool is_short, bool serving);
  bool begun() const { return since_ != never; }
  time_point deadline() const { return retry_at_; }
  /// What is the matter and what to do, for a process that may have `limit` descriptors.
  static std::string text(std::size_t limit);

 private:
  time_point since_ = never, retry_at_ = never, say_at_ = never;
};

}  // namespace klamm::broker::server
