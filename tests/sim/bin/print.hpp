// What the program says.
#pragma once

#include <cstdint>

#include "base/log_sink.hpp"
#include "tests/sim/cluster/simulation.hpp"

namespace klamm::sim {

class stdout_log final : public log_sink {
 public:
  bool wants(log_level) const override { return true; }
  void write(log_level level, std::string_view where, std::string_view what) override;
};

/// The seed, the commit that it failed at, how to see it again, and what was found.
void print_failure(std::uint64_t seed, const outcome& how);
void print_coverage(const coverage& seen, std::uint64_t seeds);

}  // namespace klamm::sim
