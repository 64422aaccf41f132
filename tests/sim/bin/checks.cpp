#include "tests/sim/bin/checks.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/sim/bin/parallel.hpp"
#include "tests/sim/bin/part_storm.hpp"
#include "tests/sim/bin/print.hpp"
#include "tests/sim/cluster/simulation.hpp"

namespace klamm::sim {
namespace {

using change = std::function<void(scenario&)>;

/// What has to happen in the runs, on average, or they show less than they seem to.
struct floor {
  std::string_view what;
  double times;
};
constexpr floor floors[] = {
    {"elections of partitions", 2},
    {"elections of the quorum", 1},
    {"ISR shrinks", 1},
    {"ISR expansions", 1},
    {"torn writes", 1},
    {"clusters of more than three", 0.05},
    {"restarts with other options", 0.5},
    {"clock jumps", 0.3},
    {"broker starts", 3},
    {"orderly stops", 0.3},
    {"power cuts", 0.4},
    {"kills", 0.4},
    {"disk errors: write", 0.05},
    {"disk errors: no space", 0.05},
    {"disk errors: sync", 0.05},
    {"disk errors: rename", 0.02},
    {"resets", 5},
    {"partitions", 0.5},
    {"pauses", 0.5},
    {"repeats recognised", 1},
    {"commits fenced", 0.005},
    {"answers with an error", 0.5},
    {"answers late", 0.2},
    {"answers lost", 0.2},
    {"deletions of records", 0.1},
};
/// Per seed with several nodes: a replica that is alone has nobody to differ from.
constexpr std::string_view several_nodes = "clusters of several nodes";
constexpr floor cluster_floors[] = {
    {"truncations", 1},           {"reads overlapping a truncation", 1},
    {"leaders cut off", 1},       {"metadata snapshots fetched", 0.1},
    {"slow disks", 0.2},          {"reassignments", 0.2},
    {"preferred elections", 0.1}, {"topics made", 0.05},
    {"topics deleted", 0.005},    {"clusters with controllers alone", 0.05},
    {"bits turned", 0.1},         {"damaged batches refused", 0.05},
};
/// How many answers are wrong at least where it is about them.
constexpr double answers_of_errors = 0.1;
constexpr std::uint64_t enough_for_floors = 500, enough_for_every_error = 1000;

outcome run_seed(std::uint64_t seed, std::vector<std::string> planted, bool log, const change& how = {}) {
  stdout_log loud;
  return simulation(seed, std::move(planted), log ? loud : silent_log(), how).run();
}

double times(const coverage& seen, std::string_view what) {
  const auto found = seen.counts().find(what);
  return found == seen.counts().end() ? 0 : static_cast<double>(found->second);
}

bool reaches(const coverage& seen, std::span<const floor> all, double of, std::string_view unit) {
  bool enough = true;
  for (const auto& [what, least] : all) {
    const auto average = of > 0 ? times(seen, what) / of : 0;
    if (average >= least) continue;
    fmt::print("seen too seldom: {}, {:.2f} times per {}, and {} at least are wanted\n", what, average, unit,
               least);
    enough = false;
  }
  return enough;
}

bool saw_enough(const coverage& seen, std::uint64_t seeds) {
  const bool everywhere = reaches(seen, floors, static_cast<double>(seeds), "seed");
  const bool replicated =
      reaches(seen, cluster_floors, times(seen, several_nodes), "seed with several nodes");
  return everywhere && replicated;
}

outcome run_with(const planted_bug& bug, bool planted, std::uint64_t seed, bool log) {
  // Wrong answers are for the client's: meanwhile others have less to do that could go wrong.
  const bool of_client = bug.name.starts_with("client.");
  const auto change = [&](scenario& how) {
    how.wrong_answers = of_client ? std::max(how.wrong_answers, answers_of_errors) : 0;
  };
  if (bug.found_in == storm_of::clusters)
    return run_seed(seed,
                    planted ? std::vector<std::string>{std::string(bug.name)} : std::vector<std::string>(),
                    log, change);
  stdout_log loud;
  return run_part(bug.found_in, seed, planted ? bug.name : "", log ? loud : silent_log());
}

bool one_is_found(const seeds_to_run& which, const planted_bug& bug) {
  std::string found;
  const auto run = [&](std::uint64_t seed) {
    auto planted = run_with(bug, true, seed, which.log);
    // What a run without the defect shows as well says nothing about it.
    if (!planted.failures.empty() && !run_with(bug, false, seed, false).failures.empty())
      planted.failures.clear();
    return planted;
  };
  run_seeds(which.first, which.count, which.jobs, run, [&](std::uint64_t seed, const outcome& how) {
    if (how.failures.empty()) return true;
    if (found.empty()) found = fmt::format("by seed {}: {}", seed, how.failures.front());
    return false;
  });
  const bool missed = found.empty();
  if (missed) found = fmt::format("NOT FOUND in {} seeds from {}", which.count, which.first);
  fmt::print("{:<30} {}\n", bug.name, found);
  std::fflush(stdout);
  return !missed;
}

bool is_loss(const std::string& failure) {
  return failure.starts_with(name(anomaly_kind::lost)) || failure.starts_with(name(anomaly_kind::unseen));
}

/// How many of the seeds lose an acknowledged record when the power is cut.
std::uint64_t seeds_that_lose(const seeds_to_run& which, bool synced) {
  std::uint64_t losing = 0;
  const auto run = [&](std::uint64_t seed) {
    return run_seed(seed, {}, which.log, [&](scenario& how) {
      how.durable = synced;
      how.power_cuts = true;
    });
  };
  run_seeds(which.first, which.count, which.jobs, run, [&](std::uint64_t, const outcome& how) {
    if (std::ranges::any_of(how.failures, is_loss)) ++losing;
    return true;
  });
  fmt::print("fsync={:<4} loses acknowledged records in {} of {} seeds\n", synced ? "ack" : "os", losing,
             which.count);
  return losing;
}

/// Of the cluster, and of the storms that the same seed makes.
void print_traces(std::uint64_t seed, const outcome& cluster) {
  const auto part = [&](storm_of what) { return run_part(what, seed, {}, silent_log()).trace_hash; };
  fmt::print("seed {} trace {:016x} {:016x} {:016x}\n", seed, cluster.trace_hash, part(storm_of::quorums),
             part(storm_of::replicas));
}

/// What the runs saw, and whether none failed.
bool all_are_clean(const seeds_to_run& which, const change& how, coverage& seen) {
  std::uint64_t failed = 0, events = 0;
  run_seeds(
      which.first, which.count, which.jobs,
      [&](std::uint64_t seed) { return run_seed(seed, {}, which.log, how); },
      [&](std::uint64_t seed, const outcome& one) {
        events += one.events;
        seen.add(one.seen);
        if (which.hashes) print_traces(seed, one);
        if (!one.failures.empty()) ++failed, print_failure(seed, one);
        return true;
      });
  print_coverage(seen, which.count);
  fmt::print("{} seeds from {}: {} failed, {} events\n", which.count, which.first, failed, events);
  return failed == 0;
}

bool met_every_error(const coverage& seen) {
  bool all = true;
  for (const auto& [api, errors] : client_errors()) {
    for (const auto* const codes : {&errors.passing, &errors.lasting}) {
      for (const auto code : *codes) {
        if (times(seen, answer_of(api, code)) > 0) continue;
        fmt::print("never {}\n", answer_of(api, code));
        all = false;
      }
    }
  }
  return all;
}

}  // namespace

bool every_seed_is_clean(const seeds_to_run& which) {
  coverage seen;
  const bool clean = all_are_clean(which, {}, seen);
  return clean && (which.count < enough_for_floors || saw_enough(seen, which.count));
}

bool every_error_is_borne(const seeds_to_run& which) {
  coverage seen;
  const auto answered_badly = [](scenario& how) {
    how.wrong_answers = std::max(how.wrong_answers, answers_of_errors);
  };
  const bool clean = all_are_clean(which, answered_badly, seen);
  return clean && (which.count < enough_for_every_error || met_every_error(seen));
}

bool planted_are_found(const seeds_to_run& which, const std::string& plant) {
  const auto own_number = [&](const planted_bug& bug) {
    auto stated = which;
    stated.count = bug.within;
    return stated;
  };
  if (plant != "all") {
    const auto& bug = *find_planted(plant);
    return one_is_found(which.counted ? which : own_number(bug), bug);
  }
  int looked_for = 0, found = 0;
  for (const auto& bug : planted_bugs()) {
    if (!bug.unseen_because.empty()) {
      fmt::print("{:<30} not looked for: {}\n", bug.name, bug.unseen_because);
      continue;
    }
    ++looked_for;
    found += one_is_found(own_number(bug), bug) ? 1 : 0;
  }
  fmt::print("{} planted, {} found within their numbers of seeds\n", looked_for, found);
  return found == looked_for;
}

bool power_cuts_need_syncs(const seeds_to_run& which) {
  const bool os_loses = seeds_that_lose(which, false) > 0;
  const bool ack_keeps = seeds_that_lose(which, true) == 0;
  return os_loses && ack_keeps;
}

bool seeds_repeat(const seeds_to_run& which) {
  std::map<std::uint64_t, std::uint64_t> hashes;
  std::uint64_t different = 0;
  const auto run = [&](std::uint64_t seed) { return run_seed(seed, {}, false); };
  const auto compare = [&](std::uint64_t seed, const outcome& how) {
    const auto before = hashes.try_emplace(seed, how.trace_hash).first->second;
    if (before == how.trace_hash) return true;
    ++different;
    fmt::print("seed {}: trace {:016x}, then {:016x}\n", seed, before, how.trace_hash);
    return true;
  };
  constexpr int here = 1, elsewhere = 2;
  for (const int processes : {here, here, elsewhere})
    run_seeds(which.first, which.count, processes, run, compare);
  fmt::print("{} seeds from {}, three times each: {} differ\n", which.count, which.first, different);
  return different == 0 && hashes.size() == which.count;
}

}  // namespace klamm::sim
