// sim --seeds N --from S: runs the simulation under N seeds, one after the other or in several processes, says what it saw,
// and fails on what no run may show. With --plant, a defect has to be found by one of the seeds.
#include <cstdlib>
#include <iterator>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/sim/bin/parallel.hpp"
#include "tests/sim/cluster/simulation.hpp"

namespace {

using namespace klamm;

struct arguments {
  std::uint64_t seeds = 100;
  std::uint64_t from = 1;
  std::string plant;
  int jobs = 1;
  bool hashes = false, log = false;
};

class stdout_log final : public log_sink {
 public:
  bool wants(log_level) const override { return true; }
  void write(log_level level, std::string_view where, std::string_view what) override {
    fmt::print("{} {}: {}\n", static_cast<int>(level), where, what);
  }
};

sim::outcome run_seed(std::uint64_t seed, const std::vector<std::string>& planted, bool log) {
  stdout_log loud;
  return sim::simulation(seed, planted, log ? loud : silent_log()).run();
}

void print_coverage(const sim::coverage& seen, std::uint64_t seeds) {
  fmt::print("{:<44} {:>12} {:>10}\n", "seen", "times", "per seed");
  for (const auto& [what, times] : seen.counts())
    fmt::print("{:<44} {:>12} {:>10.2f}\n", what, times,
               static_cast<double>(times) / static_cast<double>(seeds));
}

int check(const arguments& given) {
  std::uint64_t failed = 0, events = 0;
  sim::coverage seen;
  const auto report = [&](std::uint64_t seed, const sim::outcome& how) {
    events += how.events;
    seen.add(how.seen);
    if (given.hashes) fmt::print("seed {} trace {:016x}\n", seed, how.trace_hash);
    if (how.failures.empty()) return true;
    ++failed;
    fmt::print("seed {} failed (trace {:016x}); again: sim --seeds 1 --from {}\n", seed, how.trace_hash,
               seed);
    constexpr std::size_t most = 10;
    for (std::size_t i = 0; i < std::min(most, how.failures.size()); ++i)
      fmt::print("  {}\n", how.failures[i]);
    if (how.failures.size() > most) fmt::print("  and {} more\n", how.failures.size() - most);
    std::fflush(stdout);
    return true;
  };
  sim::run_seeds(
      given.from, given.seeds, given.jobs, [&](std::uint64_t seed) { return run_seed(seed, {}, given.log); },
      report);
  print_coverage(seen, given.seeds);
  fmt::print("{} seeds from {}: {} failed, {} events\n", given.seeds, given.from, failed, events);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// Whether one of the seeds finds the defect.
bool find_planted(const arguments& given, std::string_view name) {
  std::string found;
  sim::run_seeds(
      given.from, given.seeds, given.jobs,
      [&](std::uint64_t seed) { return run_seed(seed, {std::string(name)}, given.log); },
      [&](std::uint64_t seed, const sim::outcome& how) {
        if (how.failures.empty()) return true;
        if (found.empty())
          found = fmt::format("after {} seeds: {}", seed - given.from + 1, how.failures.front());
        return false;
      });
  fmt::print("{:<30} {}\n", name, found.empty() ? fmt::format("NOT FOUND in {} seeds", given.seeds) : found);
  std::fflush(stdout);
  return !found.empty();
}

int gate(const arguments& given) {
  if (given.plant != "all") return find_planted(given, given.plant) ? EXIT_SUCCESS : EXIT_FAILURE;
  int missed = 0;
  for (const auto& bug : sim::planted_bugs())
    if (!find_planted(given, bug.name)) ++missed;
  return missed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The deterministic simulation of a cluster and its clients", "sim");
  arguments given;
  app.add_option("--seeds", given.seeds, "How many seeds are run");
  app.add_option("--from", given.from, "The first of them");
  app.add_option("--plant", given.plant,
                 "A defect to be found, or \"all\", each in its turn (tests/sim/planted.cpp)")
      ->check([](const std::string& name) {
        return name == "all" || sim::find_planted(name) ? std::string() : "there is no such planted bug";
      });
  app.add_option("--jobs", given.jobs, "How many processes share the seeds")->check(CLI::Range(1, 256));
  app.add_flag("--hashes", given.hashes, "Print the hash of each run's trace");
  app.add_flag("--log", given.log, "Print what the machines say");
  CLI11_PARSE(app, argc, argv);
  return given.plant.empty() ? check(given) : gate(given);
}
