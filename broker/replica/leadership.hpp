// What the metadata say of a partition: who leads it since when, and who has it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/ids.hpp"

namespace klamm::broker::replica {

/// Whether the leader was elected uncleanly and has not told the controller yet that it goes on from what it has (KIP-704).
enum class leader_recovery : std::int8_t { recovered = 0, recovering = 1 };

/// A partition as the metadata have it. `epoch` rises with the leader, `partition_epoch` with any change.
struct leadership {
  klamm::leader_epoch epoch{0};
  node_id leader;  // -1: nobody
  std::vector<node_id> replicas, isr;
  std::int32_t partition_epoch = 0;
  leader_recovery recovery = leader_recovery::recovered;
  std::vector<node_id> adding, removing;  // of a reassignment; both are among the replicas
  std::vector<node_id> eligible;          // who may lead without having been in the ISR again (ELR, KIP-966)
};

inline bool contains(const std::vector<node_id>& all, node_id one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace klamm::broker::replica
