// What everybody in one run shares: the world, the network, and those who watch.
#pragma once

#include "base/entropy.hpp"
#include "tests/sim/cluster/cluster_watch.hpp"
#include "tests/sim/cluster/group_ledger.hpp"
#include "tests/sim/cluster/scenario.hpp"
#include "tests/sim/cluster/wrong_answers.hpp"
#include "tests/sim/history.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/planted.hpp"
#include "tests/sim/world.hpp"

namespace klamm::sim {

struct stage {
  explicit stage(std::uint64_t seed) : how(make_scenario(seed)), time(seed), net(time), wrong(seed, seen) {}

  topic_partition partition(int index) const { return {std::string(topic_name), partition_id(index)}; }
  /// A time that is `mean` on average.
  duration about(duration mean) { return time.between(duration(0), 2 * mean); }

  scenario how;
  world time;
  network net;
  history past;
  group_ledger group;
  fault_plan faults;
  coverage seen;
  cluster_watch watch{seen};
  wrong_answers wrong;
  std::vector<std::string> failures;
  log_sink* log = &silent_log();
  std::uint64_t next_value = 1;
  int next_reader = 1;
  int next_sender = 1;
};

/// Ids and secrets that follow from the seed.
class seeded_entropy final : public entropy_source {
 public:
  explicit seeded_entropy(rng random) : random_(random) {}
  void fill(mutable_bytes to) override {
    for (auto& byte : to) byte = static_cast<std::byte>(random_.next());
  }

 private:
  rng random_;
};

}  // namespace klamm::sim
