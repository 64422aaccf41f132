#include "client/group_places.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::client {

std::optional<error> unfit(const topic_partition& at, offset next) {
  if (next.value >= 0) return std::nullopt;
  return error(error_code::invalid_options,
               fmt::format("{} is no offset to go on from in \"{}\" partition {}: they begin at 0",
                           next.value, at.topic, at.partition.value));
}

std::optional<error> unfit(const std::vector<committed_offset>& places) {
  const auto bad = std::ranges::find_if(places, [](const auto& place) { return place.next.value < 0; });
  return bad == places.end() ? std::nullopt : unfit(bad->at, bad->next);
}

}  // namespace klamm::client
