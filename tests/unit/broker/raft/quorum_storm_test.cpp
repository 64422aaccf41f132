// The metadata quorum under seeds: whatever befalls its members, they agree.
#include "tests/sim/quorum/quorum_storm.hpp"

#include <doctest/doctest.h>

using namespace klamm;

TEST_CASE("a quorum under storms keeps one history, and agrees again once they are over") {
  sim::storm_outcome all;
  constexpr std::uint64_t seeds = 150;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto seen = sim::run_quorum_storm(seed);
    INFO("seed ", seed);
    for (const auto& failure : seen.failures) FAIL_CHECK(failure);
    all.leaders += seen.leaders;
    all.committed += seen.committed;
    all.snapshots_loaded += seen.snapshots_loaded;
    all.resignations += seen.resignations;
    all.power_cuts += seen.power_cuts;
  }
  MESSAGE("leaders ", all.leaders, ", committed ", all.committed, ", snapshots loaded ", all.snapshots_loaded,
          ", resignations ", all.resignations, ", power cuts ", all.power_cuts);
  // Storms that do nothing show nothing.
  CHECK(all.leaders > 4 * seeds);
  CHECK(all.committed > 100 * seeds);
  CHECK(all.snapshots_loaded > seeds / 2);
  CHECK(all.resignations > seeds / 2);
  CHECK(all.power_cuts > 2 * seeds);
}

TEST_CASE("the same seed does the same") {
  for (std::uint64_t seed = 500; seed < 505; ++seed)
    CHECK(sim::run_quorum_storm(seed).trace_hash == sim::run_quorum_storm(seed).trace_hash);
}
