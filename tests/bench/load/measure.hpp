// What a load program says of itself: time, processor time, memory, percentiles, as one line of JSON.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace klamm::bench {

using clock = std::chrono::steady_clock;

inline double seconds(clock::duration d) { return std::chrono::duration<double>(d).count(); }

/// Of this process, all its threads.
inline double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

/// Of this thread.
inline double thread_cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// A line of /proc/self/status: VmRSS and VmHWM in KiB, Threads.
inline double status(std::string_view what) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(what)) return std::stod(line.substr(what.size() + 1));
  return 0;
}

/// Wall and processor time since it was made.
class stopwatch {
 public:
  double wall() const { return seconds(clock::now() - began_); }
  double cpu() const { return cpu_seconds() - cpu_; }

 private:
  clock::time_point began_ = clock::now();
  double cpu_ = cpu_seconds();
};

/// Names and numbers, in the order in which they were added.
class figures {
 public:
  figures& add(std::string_view name, double value) {
    text_ += fmt::format("{}\"{}\": {:.6g}", text_.empty() ? "" : ", ", name, value);
    return *this;
  }
  /// What `records` records cost the client: the processor time but for `pacing` seconds.
  figures& add_cost(const stopwatch& since, std::uint64_t records, double pacing = 0) {
    const auto count = static_cast<double>(records);
    add("records", count).add("seconds", since.wall()).add("per_second", count / since.wall());
    return add("cpu_us_per_record", (since.cpu() - pacing) * 1e6 / count);
  }
  /// Median, 99th percentile and largest of `values`.
  figures& add_spread(std::vector<double> values) {
    std::ranges::sort(values);
    const auto at = [&](double part) {
      return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
    };
    return add("p50", at(0.5)).add("p99", at(0.99)).add("largest", values.back());
  }
  std::string json() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

/// Text that compresses about as well as the messages of a real application do.
inline std::string filler(std::size_t size) {
  std::string text;
  for (unsigned state = 1; text.size() < size; state = state * 1103515245 + 12345)
    text += fmt::format("{:x} ", state >> 20);
  text.resize(size);
  return text;
}

}  // namespace klamm::bench
