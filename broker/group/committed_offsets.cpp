#include "broker/group/committed_offsets.hpp"

#include <algorithm>
#include <utility>

namespace klamm::broker::group {

void committed_offsets::set(std::string_view group, const topic_partition& at, committed_offset offset,
                            std::optional<producer_id> transaction) {
  if (transaction) {
    pending_[*transaction].push_back({std::string(group), at, std::move(offset)});
  } else {
    put(group, at, std::move(offset));
  }
}

void committed_offsets::put(std::string_view group, const topic_partition& at, committed_offset offset) {
  auto found = by_group_.find(group);
  if (found == by_group_.end()) found = by_group_.emplace(group, topics()).first;
  auto [entry, fresh] = found->second[at.topic].try_emplace(at.partition, offset);
  // A transaction that ends late does not undo what was committed after it wrote.
  if (!fresh && entry->second.record < offset.record) entry->second = std::move(offset);
}

void committed_offsets::erase(std::string_view group, const topic_partition& at) {
  const auto found = by_group_.find(group);
  if (found == by_group_.end()) return;
  const auto topic = found->second.find(at.topic);
  if (topic == found->second.end()) return;
  topic->second.erase(at.partition);
  if (topic->second.empty()) found->second.erase(topic);
  if (found->second.empty()) by_group_.erase(found);
}

void committed_offsets::end_transaction(producer_id producer, bool committed) {
  auto ended = pending_.extract(producer);
  if (ended.empty() || !committed) return;
  for (auto& each : ended.mapped()) put(each.group, each.at, std::move(each.offset));
}

void committed_offsets::clear() {
  by_group_.clear();
  pending_.clear();
}

const committed_offset* committed_offsets::find(std::string_view group, std::string_view topic,
                                                partition_id partition) const {
  const auto& all = of(group);
  const auto partitions = all.find(topic);
  if (partitions == all.end()) return nullptr;
  const auto found = partitions->second.find(partition);
  return found == partitions->second.end() ? nullptr : &found->second;
}

const committed_offsets::topics& committed_offsets::of(std::string_view group) const {
  static const topics nothing;
  const auto found = by_group_.find(group);
  return found == by_group_.end() ? nothing : found->second;
}

bool committed_offsets::pending(std::string_view group, const topic_partition& at) const {
  return std::ranges::any_of(pending_, [&](const auto& transaction) {
    return std::ranges::any_of(transaction.second,
                               [&](const auto& each) { return each.group == group && each.at == at; });
  });
}

std::vector<std::string> committed_offsets::groups() const {
  std::vector<std::string> names;
  names.reserve(by_group_.size());
  for (const auto& [name, _] : by_group_) names.push_back(name);
  return names;
}

}  // namespace klamm::broker::group
