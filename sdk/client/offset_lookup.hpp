// Offsets by place: the beginning, the end, or the first record at or after a time; from the partitions' leaders
// (leader_requests.hpp).
#pragma once

#include "client/leader_requests.hpp"

namespace klamm::client {

using found_offsets = per_item<topic_partition, offset_at_time>;

class offset_lookup {
 public:
  using handler = leader_requests::handler<offset_at_time>;

  offset_lookup(isolation level, leader_requests& leaders) : level_(level), leaders_(leaders) {}

  /// Outcomes come in the order asked; an offset of -1: no record is that late. A place that is an offset is its own answer.
  void find(const std::vector<std::pair<topic_partition, place>>& what, time_point deadline, handler done);

 private:
  isolation level_;
  leader_requests& leaders_;
};

}  // namespace klamm::client
