// Which names topics may have: Kafka's rule, on both ends.
#pragma once

#include <algorithm>
#include <string_view>

namespace klamm {

inline constexpr std::size_t longest_topic_name = 249;

constexpr bool may_stand_in_topic_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

/// 1 to 249 of a-z A-Z 0-9 . _ - and neither "." nor "..".
constexpr bool is_topic_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_topic_name && name != "." && name != ".." &&
         std::ranges::all_of(name, may_stand_in_topic_name);
}

}  // namespace klamm
