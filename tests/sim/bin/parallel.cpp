#include "tests/sim/bin/parallel.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace klamm::sim {
namespace {

// One line each: "begin SEED", "failure TEXT", "seen COUNT WHAT", "end HASH EVENTS".
void write_outcome(std::FILE* to, const outcome& how) {
  for (const auto& failure : how.failures) fmt::print(to, "failure {}\n", failure);
  for (const auto& [what, times] : how.seen.counts()) fmt::print(to, "seen {} {}\n", times, what);
  fmt::print(to, "end {} {}\n", how.trace_hash, how.events);
  std::fflush(to);
}

/// A child and what it has said so far.
struct worker {
  pid_t child = -1;
  int from = -1;
  std::string unread;
  std::uint64_t seed = 0;
  outcome so_far;
};

using reporter = std::function<bool(std::uint64_t, const outcome&)>;

bool understand(worker& w, const std::string& line, const reporter& report) {
  std::istringstream words(line);
  std::string kind;
  words >> kind;
  const auto rest = [&] {
    std::string out;
    std::getline(words >> std::ws, out);
    return out;
  };
  if (kind == "begin") {
    words >> w.seed;
    w.so_far = {};
    w.so_far.failures = {"crashed: the run died"};
  } else if (kind == "failure") {
    w.so_far.failures.push_back(rest());
  } else if (kind == "seen") {
    std::uint64_t times = 0;
    words >> times;
    w.so_far.seen.count(rest(), times);
  } else if (kind == "end") {
    words >> w.so_far.trace_hash >> w.so_far.events;
    w.so_far.failures.erase(w.so_far.failures.begin());
    const auto seed = std::exchange(w.seed, 0);
    return report(seed, w.so_far);
  }
  return true;
}

worker start(std::uint64_t from, std::uint64_t end, std::uint64_t stride,
             const std::function<outcome(std::uint64_t)>& run) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("sim: no pipe");
  std::fflush(stdout);
  const auto child = fork();
  if (child < 0) throw std::runtime_error("sim: no process");
  if (child == 0) {
    close(ends[0]);
    auto* const to = fdopen(ends[1], "w");
    for (auto seed = from; seed < end; seed += stride) {
      fmt::print(to, "begin {}\n", seed);
      std::fflush(to);
      write_outcome(to, run(seed));
    }
    std::fclose(to);
    std::_Exit(0);
  }
  close(ends[1]);
  return {child, ends[0], {}, 0, {}};
}

/// False: `report` has heard enough.
bool listen(worker& w, const reporter& report) {
  char buffer[4096];
  const auto count = read(w.from, buffer, sizeof buffer);
  if (count <= 0) {
    close(std::exchange(w.from, -1));
    return w.seed == 0 || report(w.seed, w.so_far);
  }
  w.unread.append(buffer, static_cast<std::size_t>(count));
  for (auto end = w.unread.find('\n'); end != std::string::npos; end = w.unread.find('\n')) {
    const auto line = w.unread.substr(0, end);
    w.unread.erase(0, end + 1);
    if (!understand(w, line, report)) return false;
  }
  return true;
}

}  // namespace

void run_seeds(std::uint64_t from, std::uint64_t count, int jobs,
               const std::function<outcome(std::uint64_t seed)>& run, const reporter& report) {
  if (jobs == 1) {
    for (auto seed = from; seed < from + count; ++seed)
      if (!report(seed, run(seed))) return;
    return;
  }
  const auto stride = static_cast<std::uint64_t>(jobs);
  std::vector<worker> workers;
  for (std::uint64_t i = 0; i < stride; ++i) workers.push_back(start(from + i, from + count, stride, run));
  for (bool more = true; more;) {
    std::vector<pollfd> waiting;
    for (const auto& w : workers)
      waiting.push_back({w.from, POLLIN, 0});  // one that ended is -1: passed over
    more = std::ranges::any_of(workers, [](const auto& w) { return w.from >= 0; });
    if (!more || poll(waiting.data(), waiting.size(), -1) < 0) break;
    for (std::size_t i = 0; more && i < workers.size(); ++i)
      if (waiting[i].revents != 0) more = listen(workers[i], report);
  }
  for (auto& w : workers) {
    if (w.from >= 0) kill(w.child, SIGKILL);
    waitpid(w.child, nullptr, 0);
    if (w.from >= 0) close(w.from);
  }
}

}  // namespace klamm::sim
