// What happened in the runs, summed up: a simulation that never crashed a broker has shown nothing about crashes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace klamm::sim {

class coverage {
 public:
  void count(std::string_view what, std::uint64_t times = 1) {
    auto found = counts_.find(what);
    if (found == counts_.end()) found = counts_.emplace(what, 0).first;
    found->second += times;
  }
  void add(const coverage& other) {
    for (const auto& [what, times] : other.counts_) count(what, times);
  }
  const std::map<std::string, std::uint64_t, std::less<>>& counts() const { return counts_; }

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace klamm::sim
