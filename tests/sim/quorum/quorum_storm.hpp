// What a seed does to a quorum: members come and go with and without their power, the network loses, delays and parts, disks are
// slow, records are appended all the while; then everything heals, and all have to agree within RELIABILITY's 20 seconds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/faults.hpp"
#include "base/log_sink.hpp"

namespace klamm::sim {

struct storm_outcome {
  std::uint64_t trace_hash = 0;
  std::size_t leaders = 0, committed = 0;
  std::uint64_t snapshots_loaded = 0, resignations = 0, power_cuts = 0;
  std::size_t voter_sets = 0;  // that were committed
  std::vector<std::string> failures;
};

storm_outcome run_quorum_storm(std::uint64_t seed, fault_injector* faults = nullptr,
                               log_sink& log = silent_log());
/// The same, while voters are added and removed, and come back elsewhere than they were (KIP-853).
storm_outcome run_voters_storm(std::uint64_t seed, fault_injector* faults = nullptr,
                               log_sink& log = silent_log());

}  // namespace klamm::sim
