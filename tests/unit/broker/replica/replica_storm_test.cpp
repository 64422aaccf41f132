// Replicas under seeds: whatever befalls them, what was committed stays, and what was acknowledged is.
#include "tests/sim/replica/replica_storm.hpp"

#include <doctest/doctest.h>

#include "tests/sim/planted.hpp"

using namespace klamm;

TEST_CASE("replicas under storms keep one committed log, and agree again once they are over") {
  sim::replica_outcome all;
  constexpr std::uint64_t seeds = 100;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto seen = sim::run_replica_storm(seed);
    INFO("seed ", seed);
    for (const auto& failure : seen.failures) FAIL_CHECK(failure);
    all.leaders += seen.leaders;
    all.acknowledged += seen.acknowledged;
    all.shrinks += seen.shrinks;
    all.expansions += seen.expansions;
    all.truncations += seen.truncations;
    all.power_cuts += seen.power_cuts;
  }
  MESSAGE("leaders ", all.leaders, ", acknowledged ", all.acknowledged, ", ISR shrinks ", all.shrinks,
          ", expansions ", all.expansions, ", truncations ", all.truncations, ", power cuts ",
          all.power_cuts);
  // Storms that do nothing show nothing.
  CHECK(all.leaders > 4 * seeds);
  CHECK(all.acknowledged > 100 * seeds);
  CHECK(all.shrinks > 2 * seeds);
  CHECK(all.expansions > 2 * seeds);
  CHECK(all.truncations > seeds);
  CHECK(all.power_cuts > 2 * seeds);
}
