// A simulated cluster under everything that befalls one: what came of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/faults.hpp"
#include "base/log_sink.hpp"

namespace klamm::sim {

struct replica_outcome {
  std::vector<std::string> failures;
  std::uint64_t trace_hash = 0;
  std::size_t leaders = 0, acknowledged = 0, shrinks = 0, expansions = 0, power_cuts = 0;
  std::uint64_t truncations = 0;
};

replica_outcome run_replica_storm(std::uint64_t seed, fault_injector* faults = nullptr,
                                  log_sink& log = silent_log());

}  // namespace klamm::sim
