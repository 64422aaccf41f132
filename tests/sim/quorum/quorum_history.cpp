#include "tests/sim/quorum/quorum_history.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace klamm::sim {

bool quorum_history::leads(node_id member, leader_epoch epoch) {
  const auto [first, fresh] = leaders_.emplace(epoch, member);
  if (!fresh && first->second != member)
    broken(
        fmt::format("epoch {} has two leaders, {} and {}", epoch.value, first->second.value, member.value));
  return fresh;
}

void quorum_history::delivered(node_id member, offset at, std::string_view value) {
  const auto [first, fresh] = records_.emplace(at, value);
  if (!fresh && first->second != value)
    broken(fmt::format("offset {} is \"{}\", but \"{}\" to member {}", at.value, first->second, value,
                       member.value));
}

void quorum_history::restored(node_id member, offset end, const std::vector<std::string>& values) {
  if (values != values_below(end))
    broken(fmt::format("the snapshot of member {} below {} has {} records, {} were committed", member.value,
                       end.value, values.size(), values_below(end).size()));
}

void quorum_history::voters(node_id leader, offset at, std::span<const broker::raft::voter> who) {
  std::set<broker::raft::replica_key> keys;
  for (const auto& one : who) keys.insert(one.key());
  const auto [here, fresh] = voters_.emplace(at, keys);
  if (!fresh && here->second != keys)
    broken(fmt::format("the voters at {} are others to leader {}", at.value, leader.value));
  if (!fresh) return;
  const auto look = [&](const auto& other) {
    std::vector<broker::raft::replica_key> changed;
    std::ranges::set_symmetric_difference(keys, other->second, std::back_inserter(changed));
    if (changed.size() > 1)
      broken(fmt::format("{} voters changed at once between {} and {}", changed.size(), at.value,
                         other->first.value));
  };
  if (here != voters_.begin()) look(std::prev(here));
  if (std::next(here) != voters_.end()) look(std::next(here));
}

std::vector<std::string> quorum_history::values_below(offset end) const {
  std::vector<std::string> values;
  for (auto at = records_.begin(); at != records_.lower_bound(end); ++at) values.push_back(at->second);
  return values;
}

}  // namespace klamm::sim
