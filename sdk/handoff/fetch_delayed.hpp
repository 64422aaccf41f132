// What the fetch queue calls once its lock was let go.
#pragma once

#include <vector>

#include "handoff/fetch_queue.hpp"

namespace klamm::handoff {

struct fetch_queue::delayed {
  std::vector<unique_function<void()>> retries;
  bool room_freed = false;
};

}  // namespace klamm::handoff
