// The storms of a part of a cluster, in the form of a cluster's.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/log_sink.hpp"
#include "tests/sim/cluster/simulation.hpp"
#include "tests/sim/planted.hpp"

namespace klamm::sim {

/// Of quorums or replicas, with a planted defect; none where its name is empty.
outcome run_part(storm_of what, std::uint64_t seed, std::string_view planted, log_sink& log);

}  // namespace klamm::sim
