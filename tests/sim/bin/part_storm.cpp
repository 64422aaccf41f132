#include "tests/sim/bin/part_storm.hpp"

#include "tests/sim/quorum/quorum_storm.hpp"
#include "tests/sim/replica/replica_storm.hpp"

namespace klamm::sim {

outcome run_part(storm_of what, std::uint64_t seed, std::string_view planted, log_sink& log) {
  fault_plan faults;
  if (!planted.empty()) faults.plant(planted);
  const auto seen = [](const auto& storm) { return outcome{storm.trace_hash, 0, storm.failures, {}}; };
  return what == storm_of::quorums ? seen(run_quorum_storm(seed, &faults, log))
                                   : seen(run_replica_storm(seed, &faults, log));
}

}  // namespace klamm::sim
