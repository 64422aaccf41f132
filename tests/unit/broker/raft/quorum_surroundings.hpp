// What a quorum's member stands on in a test: everything but its disk and its peers.
#pragma once

#include "base/rng.hpp"
#include "broker/log/log_environment.hpp"
#include "broker/log/tail_memory.hpp"
#include "tests/unit/kept_lines.hpp"
#include "wire/compression.hpp"

namespace klamm::broker::raft {

struct quorum_surroundings {
  log::disk_port port;
  log::tail_memory tail{1 << 20};
  wire::compressor contexts;
  rng random{7};
  klamm::test::kept_lines said;
  log::log_environment environment{port, tail, contexts, said, random, nullptr};
  instant now{time_point(std::chrono::hours(1)), timestamp(5000)};
};

}  // namespace klamm::broker::raft
