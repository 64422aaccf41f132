// A disk behind a port, one step after the other.
#pragma once

#include <utility>

#include "broker/log/disk_port.hpp"
#include "tests/sim/disk.hpp"

namespace klamm::broker::log::test {

/// What was submitted goes to the disk, and what that has done is told; false where there was nothing.
inline bool step(disk_port& port, sim::disk& on) {
  disk_effects operations;
  port.take(operations);
  on.submit(std::move(operations));
  auto done = on.step();
  for (auto& one : done) port.complete(std::move(one));
  return !done.empty();
}

inline void settle(disk_port& port, sim::disk& on) {
  while (step(port, on)) {
  }
}

}  // namespace klamm::broker::log::test
