// A few members on simulated disks, started together.
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/sim/quorum/quorum_cluster.hpp"

namespace klamm {

using namespace std::chrono_literals;

struct members : sim::quorum_cluster {
  explicit members(sim::quorum_conditions how = {}, std::uint64_t seed = 11)
      : quorum_cluster(seed, how, silent_log()) {
    start_all();
  }

  sim::quorum_member& await_leader() {
    REQUIRE(until(10s, [this] { return leader() && agrees(); }));
    return *leader();
  }
  void append_and_agree(int records) {
    for (int i = 0; i < records; ++i) REQUIRE(append());
    REQUIRE(until(10s, [this] { return agrees(); }));
  }
  void cut_off(int number) {
    for (int other = 1; other <= size(); ++other) {
      if (other == number) continue;
      block(number, other);
      block(other, number);
    }
  }
  std::vector<std::string> broken() { return history().failures(); }
};

}  // namespace klamm
