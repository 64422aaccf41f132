// A source of batches with one partition, to script the sender with.
#pragma once

#include "partition_queues.hpp"

namespace klamm::test {

struct one_partition final : partition_queues {
  one_partition() : partition_queues({{"a", partition_id(0)}}) {}

  void append(const std::string& name, time_point now, int records = 1) {
    partition_queues::append(0, name, now, records);
  }
  void rename(std::string topic) { queues[0].at.topic = std::move(topic); }
};

}  // namespace klamm::test
