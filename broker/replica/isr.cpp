#include "broker/replica/isr.hpp"

#include <algorithm>

namespace klamm::broker::replica {

offset high_watermark(offset current, std::span<const replica_progress> maximal_isr, int min_isr) {
  if (maximal_isr.empty() || static_cast<int>(maximal_isr.size()) < min_isr) return current;
  const auto slowest = std::min_element(maximal_isr.begin(), maximal_isr.end(),
                                        [](const auto& a, const auto& b) { return a.end < b.end; });
  return std::max(current, slowest->end);
}

int needed_in_sync(int min_insync_replicas, std::size_t replicas) {
  return std::min(min_insync_replicas, static_cast<int>(replicas));
}

}  // namespace klamm::broker::replica
