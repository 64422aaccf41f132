// From which replica a partition is read (KIP-392). The leader, who is told the consumer's rack, may name a nearer one.
//
//   event                                      read from
//   ----------------------------------------   -----------------------------------------------------------
//   nothing is known                           the leader, who is told the rack
//   the leader names a replica                 that one, for metadata_max_age
//   the time is over; another leader epoch     the leader, who is told the rack
//   it is gone, or refuses, or cannot be       the leader, who is not told the rack for ten seconds: by then
//   reached                                    it knows better than to name that one again
#pragma once

#include "client/metadata_snapshot.hpp"

namespace klamm::client {

class nearest_replica {
 public:
  /// Where to fetch from now.
  node_id read_from(const partition_view& partition, const metadata_snapshot& known, time_point now);
  /// The leader of this epoch names a replica.
  void told(node_id replica, leader_epoch epoch, time_point until) { near_ = {replica, epoch, until}; }
  /// Asking this node failed. True if it was the replica that is read from: the leader is, from now on.
  bool failed_at(node_id node, time_point now);
  /// Whether the leader is to hear of the rack.
  bool welcome(time_point now) const { return now >= leader_only_until_; }

 private:
  struct replica {
    node_id node{-1};
    leader_epoch epoch;
    time_point until{};
  };
  replica near_;
  time_point leader_only_until_{};
};

}  // namespace klamm::client
