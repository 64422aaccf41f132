#include "tests/sim/cycles.hpp"

#include <algorithm>

namespace klamm::sim {
namespace {

using edges = std::map<transaction_graph::node, std::set<transaction_graph::node>>;

/// Takes out what leads nowhere, until everything left leads to something that is left.
void strip_ends(edges& of) {
  edges before;
  for (const auto& [from, all] : of)
    for (const auto to : all) before[to].insert(from);
  std::vector<transaction_graph::node> ends;
  for (const auto& [from, all] : of)
    if (all.empty()) ends.push_back(from);
  while (!ends.empty()) {
    const auto end = ends.back();
    ends.pop_back();
    of.erase(end);
    for (const auto from : before[end]) {
      auto& left = of.at(from);
      left.erase(end);
      if (left.empty()) ends.push_back(from);
    }
  }
}

}  // namespace

std::vector<transaction_graph::node> transaction_graph::cycle() const {
  auto left = after_;
  strip_ends(left);
  if (left.empty()) return {};
  std::vector<node> way;
  auto at = left.begin()->first;
  auto met = way.end();
  while (met == way.end()) {
    way.push_back(at);
    at = *left.at(at).begin();
    met = std::ranges::find(way, at);
  }
  return {met, way.end()};
}

void transaction_graph::remove(const std::vector<node>& nodes) {
  for (const auto one : nodes) after_.erase(one);
  for (auto& [from, all] : after_)
    for (const auto one : nodes) all.erase(one);
}

}  // namespace klamm::sim
