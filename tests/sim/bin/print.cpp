#include "tests/sim/bin/print.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace klamm::sim {
namespace {

/// Of the source that this program was built from, if that is under git.
std::string commit() {
  const auto end = [](std::FILE* pipe) { pclose(pipe); };
  const std::unique_ptr<std::FILE, decltype(end)> git(
      popen("git -C '" KLAMM_SOURCE "' describe --always --dirty --abbrev=12 2>/dev/null", "r"), end);
  std::array<char, 64> text{};
  if (!git || !std::fgets(text.data(), text.size(), git.get())) return "unknown";
  const std::string line(text.data());
  return line.substr(0, line.find('\n'));
}

}  // namespace

void stdout_log::write(log_level level, std::string_view where, std::string_view what) {
  constexpr std::array names{"error", "warning", "info", "debug"};
  fmt::print("{} {}: {}\n", names.at(static_cast<std::size_t>(level)), where, what);
}

void print_failure(std::uint64_t seed, const outcome& how) {
  fmt::print("seed {} failed at commit {} (trace {:016x}); again: ./dev sim --seeds 1 --from {} --log\n",
             seed, commit(), how.trace_hash, seed);
  constexpr std::size_t most = 10;
  for (std::size_t i = 0; i < std::min(most, how.failures.size()); ++i) fmt::print("  {}\n", how.failures[i]);
  if (how.failures.size() > most) fmt::print("  and {} more\n", how.failures.size() - most);
  std::fflush(stdout);
}

void print_coverage(const coverage& seen, std::uint64_t seeds) {
  fmt::print("{:<44} {:>12} {:>10}\n", "seen", "times", "per seed");
  std::size_t answers = 0;
  for (const auto& [what, times] : seen.counts()) {
    if (what.starts_with(answered_with)) {
      ++answers;
      continue;
    }
    fmt::print("{:<44} {:>12} {:>10.2f}\n", what, times,
               static_cast<double>(times) / static_cast<double>(seeds));
  }
  fmt::print("{:<44} {:>12}\n", "kinds of answers with an error", answers);
}

}  // namespace klamm::sim
