// Replicas under seeds: whatever befalls them, what was committed stays, and what was acknowledged is.
#include "tests/sim/replica/replica_storm.hpp"

#include <string>

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

TEST_CASE("the same seed does the same to replicas") {
  for (std::uint64_t seed = 500; seed < 505; ++seed)
    CHECK(sim::run_replica_storm(seed).trace_hash == sim::run_replica_storm(seed).trace_hash);
}

TEST_CASE("storms find what replicas are made to do wrong") {
  constexpr std::uint64_t within = 100;  // seeds
  for (const std::string bug : {
           "replica.advance_hw_early",  // the leader counts itself only
           "replica.ack_before_isr",    // acks=all is answered when the leader has it
           "replica.truncate_by_hw",    // a follower cuts to its high watermark, not where the epochs part
           "replica.join_below_hw",     // the ISR takes replicas that are not at the high watermark
           "replica.ignore_pending_expansion",  // one that may be in the ISR already does not count
           "replica.shrink_at_once",            // one that may be in the ISR still does not count
           "replica.keep_ends",                 // a leader goes on with what followers had before another led
           "replica.fetch_unflushed",           // a follower says it has what its disk does not have yet
       }) {
    CAPTURE(bug);
    sim::fault_plan plan;
    plan.plant(bug);
    std::uint64_t seed = 1;
    while (seed <= within && sim::run_replica_storm(seed, &plan).failures.empty()) ++seed;
    CHECK(seed <= within);
    MESSAGE(bug, ": seed ", seed);
  }
}
