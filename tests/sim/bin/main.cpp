// sim --seeds N --from S: runs the simulation under N seeds, says what it saw, and fails on what no run may show.
// --plant: a defect has to be found by one of the seeds. --control, --repeat: see checks.hpp.
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "tests/sim/bin/checks.hpp"
#include "tests/sim/planted.hpp"

int main(int argc, char** argv) {
  using namespace klamm::sim;
  CLI::App app("The deterministic simulation of a cluster and its clients", "sim");
  seeds_to_run which;
  std::string plant;
  bool control = false, repeat = false, errors = false;
  app.add_option("--seeds", which.count, "How many seeds are run")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_option("--from", which.first, "The first of them")->capture_default_str();
  app.add_option("--jobs", which.jobs, "How many processes share the seeds")->check(CLI::Range(1, 256));
  app.add_option("--plant", plant,
                 "A defect to be found, or \"all\", each within its own number of seeds "
                 "(tests/sim/planted.cpp), or --seeds for one")
      ->check([](const std::string& name) {
        return name == "all" || find_planted(name) ? std::string() : "there is no such planted bug";
      });
  app.add_flag("--control", control,
               "Show that power cuts lose acknowledged records with fsync=os, and none with fsync=ack");
  app.add_flag("--repeat", repeat, "Run each seed three times and compare the traces");
  app.add_flag(
      "--errors", errors,
      "Answer clients with errors under every seed; from 1,000 seeds on each that there is has to be met");
  app.add_flag("--hashes", which.hashes, "Print the hash of each run's trace");
  app.add_flag("--log", which.log, "Print what the machines say");
  CLI11_PARSE(app, argc, argv);
  which.counted = app.count("--seeds") > 0;
  const bool holds = control         ? power_cuts_need_syncs(which)
                     : repeat        ? seeds_repeat(which)
                     : errors        ? every_error_is_borne(which)
                     : plant.empty() ? every_seed_is_clean(which)
                                     : planted_are_found(which, plant);
  return holds ? EXIT_SUCCESS : EXIT_FAILURE;
}
