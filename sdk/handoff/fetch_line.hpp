// One partition in the fetch queue. Guarded by the queue's lock.
#pragma once

#include <deque>
#include <optional>
#include <variant>

#include "handoff/fetch_queue.hpp"

namespace klamm::handoff {

/// Where a seek leads; -1 until the machine has looked it up.
inline passed_place place_of(const client::place& sought) {
  const auto* exact = std::get_if<offset>(&sought);
  return {exact ? *exact : offset(), {}};
}

struct fetch_queue::line {
  topic_partition at;
  client::position_epoch epoch;
  std::deque<client::fetched_run> runs;
  std::size_t bytes = 0, leased_bytes = 0;
  passed_place position;  // while leased: where the lease began
  passed_place settled;
  passed_place anchor;  // where the life began, or what a transaction has committed since
  passed_place asked;   // what a transaction is committing
  std::shared_ptr<lease> leased;
  bool paused = false;
  bool told_of = false;        // the application has not heard the news of it, or hears it
  bool listed = false;         // in ready_
  bool unsettled = false;      // in unsettled_
  mutable bool sated = false;  // the machine was told that it has enough
  bool failure_told = false;
  std::optional<error> failure;
  offset high_watermark, last_stable, log_start;

  passed_place now() const { return leased ? leased->passed() : position; }
  bool takeable() const { return !leased && !paused && !told_of && !failure && !runs.empty(); }
};

}  // namespace klamm::handoff
