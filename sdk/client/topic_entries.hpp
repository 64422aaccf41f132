// Lists of topics with their partitions, as requests and answers have them.
#pragma once

#include <map>
#include <string_view>

#include "base/ids.hpp"

namespace klamm::client {

/// Fills a list: one entry for each topic, in whatever order its partitions come.
template <class Topics>
class topic_entries {
 public:
  explicit topic_entries(Topics& to) : to_(to) {}
  /// The entry borrows `name`, and stays where it is until the next topic.
  typename Topics::value_type& operator[](std::string_view name) {
    const auto [place, added] = places_.try_emplace(name, to_.size());
    if (added) to_.emplace_back().name = name;
    return to_[place->second];
  }

 private:
  Topics& to_;
  std::map<std::string_view, std::size_t> places_;
};

/// What a list says of a partition; null: it is left out.
const auto* find_in(const auto& topics, const topic_partition& at) {
  const decltype(&topics.front().partitions.front()) none = nullptr;
  for (const auto& t : topics)
    for (const auto& p : t.partitions)
      if (t.name == at.topic && p.partition_index == at.partition) return &p;
  return none;
}

}  // namespace klamm::client
