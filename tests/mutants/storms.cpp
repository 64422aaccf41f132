// storms quorum|replica FROM COUNT [DEFECT]: storms of these seeds, until one of them shows a failure; with a planted defect.
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "tests/sim/planted.hpp"
#include "tests/sim/quorum/quorum_storm.hpp"
#include "tests/sim/replica/replica_storm.hpp"

namespace {

int until_one_fails(auto run, std::uint64_t from, std::uint64_t count, std::string_view defect) {
  klamm::sim::fault_plan plan;
  if (!defect.empty()) plan.plant(defect);
  for (auto seed = from; seed < from + count; ++seed) {
    const auto seen = run(seed, &plan, klamm::silent_log());
    if (seen.failures.empty()) continue;
    fmt::print("seed {}: {}\n", seed, seen.failures.front());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return fmt::print(stderr, "usage: storms quorum|replica FROM COUNT [DEFECT]\n"), 2;
  const auto from = std::strtoull(argv[2], nullptr, 10), count = std::strtoull(argv[3], nullptr, 10);
  const std::string_view defect = argc > 4 ? argv[4] : "";
  return std::string_view(argv[1]) == "quorum"
             ? until_one_fails(klamm::sim::run_quorum_storm, from, count, defect)
             : until_one_fails(klamm::sim::run_replica_storm, from, count, defect);
}
