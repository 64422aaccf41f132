// Short lists of brokers, as partitions have them: in an order that means something, without repetition.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "base/ids.hpp"

namespace klamm::broker::meta {

inline bool holds(std::span<const node_id> nodes, node_id id) {
  return std::find(nodes.begin(), nodes.end(), id) != nodes.end();
}

inline bool holds_all(std::span<const node_id> nodes, std::span<const node_id> others) {
  return std::all_of(others.begin(), others.end(), [&](node_id id) { return holds(nodes, id); });
}

/// `nodes` without `others`, in their order.
inline std::vector<node_id> without(std::span<const node_id> nodes, std::span<const node_id> others) {
  std::vector<node_id> left;
  std::copy_if(nodes.begin(), nodes.end(), std::back_inserter(left),
               [&](node_id id) { return !holds(others, id); });
  return left;
}

}  // namespace klamm::broker::meta
