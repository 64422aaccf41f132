// When the application is told of a group's changes: one at a time, whichever threads bring them.
//
//   event              what happens
//   ----------------   ------------------------------------------------------------------------------------------------
//   begin(change)      it is told, unless it comes from a membership that the application has left since
//   end                the change has died
//   give_up            what the application owns is told as given up, unless a change is with it
//   leave, left        the application leaves the membership; the machine has carried that out
//
// What is owned is what the application was told, not what the member has just got or lost. A change belongs to the membership of
// when the machine made it: the machine counts those that it has ended, the application those that it has left.
#pragma once

#include <mutex>
#include <set>
#include <vector>

#include "client/fetch_sink.hpp"

namespace klamm::handoff {

class rebalance_turns {
 public:
  /// Of the machine's thread: that to which its changes belong.
  int membership();
  /// False: it is not to be told.
  bool begin(const client::rebalance_event& change, int membership);
  void end();
  /// Those of `assigned` that are to be told as given up.
  std::vector<topic_partition> give_up(const std::vector<topic_partition>& assigned);
  void leave() { count(left_, 1); }
  void left() { count(ended_, 1); }

 private:
  void count(int& what, int by);

  std::mutex lock_;
  std::set<topic_partition> owned_;
  int with_application_ = 0;  // changes that have not died
  int left_ = 0, ended_ = 0;  // memberships, by the application and by the machine
};

}  // namespace klamm::handoff
