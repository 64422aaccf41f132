// The metadata quorum under seeds: whatever befalls its members, they agree.
#include "tests/sim/quorum/quorum_storm.hpp"

#include <doctest/doctest.h>

#include "tests/sim/planted.hpp"

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
  CHECK(all.resignations > seeds / 5);
  CHECK(all.power_cuts > 2 * seeds);
}

TEST_CASE("voters come and go in storms, one at a time, and nothing that was committed is lost") {
  sim::storm_outcome all;
  constexpr std::uint64_t seeds = 100;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto seen = sim::run_voters_storm(seed);
    INFO("seed ", seed);
    for (const auto& failure : seen.failures) FAIL_CHECK(failure);
    all.leaders += seen.leaders;
    all.committed += seen.committed;
    all.voter_sets += seen.voter_sets;
    all.power_cuts += seen.power_cuts;
  }
  MESSAGE("leaders ", all.leaders, ", committed ", all.committed, ", sets of voters ", all.voter_sets,
          ", power cuts ", all.power_cuts);
  CHECK(all.leaders > 4 * seeds);
  CHECK(all.committed > 100 * seeds);
  CHECK(all.voter_sets > 5 * seeds);
  CHECK(all.power_cuts > 2 * seeds);
}

TEST_CASE("the same seed does the same") {
  for (std::uint64_t seed = 500; seed < 505; ++seed)
    CHECK(sim::run_quorum_storm(seed).trace_hash == sim::run_quorum_storm(seed).trace_hash);
  CHECK(sim::run_voters_storm(500).trace_hash == sim::run_voters_storm(500).trace_hash);
}

TEST_CASE("storms find what a quorum is made to do wrong") {
  struct defect {
    std::string_view name, breaks;
    std::uint64_t within;  // seeds
    sim::storm_outcome (*run)(std::uint64_t, fault_injector*, log_sink&) = sim::run_quorum_storm;
  };
  const defect all[] = {
      {"raft.count_unsynced", "the leader counts what it has appended, not what it has synced", 200},
      {"raft.vote_twice", "a voter votes for whoever asks first, and again", 200},
      {"raft.ignore_log", "a voter votes for a candidate whose log is shorter", 200},
      {"raft.hasty_change", "voters change again before the last change is committed", 200,
       sim::run_voters_storm},
      {"raft.keep_cut_voters", "voters that are cut from the log still count", 400, sim::run_voters_storm},
  };
  for (const auto& one : all) {
    CAPTURE(one.name);
    CAPTURE(one.breaks);
    sim::fault_plan plan;
    plan.plant(one.name);
    std::uint64_t seed = 1;
    while (seed <= one.within && one.run(seed, &plan, silent_log()).failures.empty()) ++seed;
    CHECK(seed <= one.within);
    MESSAGE(one.name, ": seed ", seed);
  }
}
