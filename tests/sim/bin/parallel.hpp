// Seeds shared out among processes: a run that dies takes its own share along and nothing else, and is a failure.
#pragma once

#include <cstdint>
#include <functional>

#include "tests/sim/cluster/simulation.hpp"

namespace klamm::sim {

/// Calls `report` for each seed as its outcome comes, until it says false. Of several processes, the outcomes come in any order.
void run_seeds(std::uint64_t from, std::uint64_t count, int jobs,
               const std::function<outcome(std::uint64_t seed)>& run,
               const std::function<bool(std::uint64_t seed, const outcome& how)>& report);

}  // namespace klamm::sim
