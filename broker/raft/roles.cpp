#include "broker/raft/roles.hpp"

#include <algorithm>
#include <cassert>
#include <functional>

namespace klamm::broker::raft {

leader::leader(std::span<const node_id> voters, offset epoch_start) : epoch_start_(epoch_start) {
  for (const auto voter : voters) ends_.emplace(voter, offset(0));
}

void leader::acknowledge(node_id voter, offset end) {
  const auto found = ends_.find(voter);
  if (found != ends_.end()) found->second = std::max(found->second, end);
}

std::optional<offset> leader::high_watermark() const {
  std::vector<offset> ends;
  for (const auto& [voter, end] : ends_) ends.push_back(end);
  const auto reached = majority_end(std::move(ends));
  if (reached <= epoch_start_) return std::nullopt;
  return reached;
}

offset majority_end(std::vector<offset> ends) {
  assert(!ends.empty());
  const auto middle = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 2);
  std::nth_element(ends.begin(), middle, ends.end(), std::greater<>{});
  return *middle;
}

}  // namespace klamm::broker::raft
