#include "tests/sim/quorum/quorum_history.hpp"

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

std::vector<std::string> quorum_history::values_below(offset end) const {
  std::vector<std::string> values;
  for (auto at = records_.begin(); at != records_.lower_bound(end); ++at) values.push_back(at->second);
  return values;
}

}  // namespace klamm::sim
