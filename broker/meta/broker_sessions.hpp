// What the controller knows of each broker from its heartbeats, and forgets when it resigns: until when its session lasts, and
// how far it has applied the metadata log.
//
//   event                          the session
//   ----------------------------   -------------------------------------------------------------------------------
//   the controller begins          of each unfenced broker: anew; of the node's own: awaited, since a process that has
//                                  just begun has no earlier incarnation alive (a restart waits for nobody's timeout)
//   a heartbeat                    goes on; it is live
//   the broker registers anew      ends
//   nothing for the whole timeout  is over: the broker is to be fenced
#pragma once

#include <map>
#include <optional>

#include "base/deadline_queue.hpp"
#include "base/ids.hpp"

namespace klamm::broker::meta {

class broker_sessions {
 public:
  void begin(node_id id, time_point until, bool live);
  /// Has no session any more; what it applied is still known.
  void fence(node_id id);
  void forget(node_id id);
  void clear();

  bool is_live(node_id id, time_point now) const;
  /// The end of what the broker has applied.
  offset applied(node_id id) const;
  void applied(node_id id, offset end);

  /// Where the log ended when the broker's controlled shutdown was decided: the others have to have seen as much.
  offset shutdown_decided_at(node_id id, offset unless_known);

  /// Takes out a broker whose session is over.
  std::optional<node_id> pop_over(time_point now) { return until_.pop_due(now); }
  time_point deadline() const { return until_.next(); }

 private:
  struct entry {
    time_point until{};
    bool live = false;
    offset applied{0};
    std::optional<offset> shutdown{};
  };
  std::map<node_id, entry> brokers_;
  deadline_queue<node_id> until_;
};

}  // namespace klamm::broker::meta
