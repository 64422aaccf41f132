#include "broker/replica/isr.hpp"

#include <algorithm>

namespace klamm::broker::replica {

offset high_watermark(offset current, std::span<const replica_progress> holding, int in_sync, int min_isr) {
  if (holding.empty() || in_sync < min_isr) return current;
  const auto slowest = std::min_element(holding.begin(), holding.end(),
                                        [](const auto& a, const auto& b) { return a.end < b.end; });
  return std::max(current, slowest->end);
}

int needed_in_sync(int min_insync_replicas, std::size_t replicas) {
  return std::min(min_insync_replicas, static_cast<int>(replicas));
}

offset truncation_point(log::epoch_end leaders, log::epoch_end own, offset end) {
  if (own.epoch.value < 0) return std::min(leaders.end, end);
  if (own.epoch != leaders.epoch) return std::min(own.end, end);
  return std::min({leaders.end, own.end, end});
}

}  // namespace klamm::broker::replica
