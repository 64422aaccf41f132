// Lists of topics with their partitions, as requests and answers have them.
#pragma once

#include <algorithm>
#include <map>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

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

/// What a list says of each partition: found by it, since answers name ten thousand. Borrows the list. The first entry counts.
template <class Topics>
class entries_by_partition {
 public:
  using entry = std::remove_cvref_t<decltype(std::declval<const Topics&>().front().partitions.front())>;

  explicit entries_by_partition(const Topics& said) {
    for (const auto& topic : said)
      for (const auto& one : topic.partitions) all_.push_back({{topic.name, one.partition_index}, &one});
    std::ranges::stable_sort(all_, {}, &row::at);
  }
  /// Null: it is left out.
  const entry* find(const topic_partition& at) const {
    const key wanted(at.topic, at.partition);
    const auto found = std::ranges::lower_bound(all_, wanted, {}, &row::at);
    return found != all_.end() && found->at == wanted ? found->said : nullptr;
  }

 private:
  using key = std::pair<std::string_view, partition_id>;
  struct row {
    key at;
    const entry* said;
  };

  std::vector<row> all_;
};

}  // namespace klamm::client
