// Which names a topic may have.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace klamm::broker::meta {

inline constexpr std::string_view offsets_topic = "__consumer_offsets";
inline constexpr std::string_view transactions_topic = "__transaction_state";
inline constexpr std::string_view share_state_topic = "__share_group_state";
inline constexpr std::string_view metadata_topic = "__cluster_metadata";

bool is_internal_topic(std::string_view name);
/// INVALID_TOPIC_EXCEPTION unless it is 1 to 249 of a-z A-Z 0-9 . _ - and neither "." nor "..".
result<void> check_topic_name(std::string_view name);
/// The name with '.' as '_': metric names have the two alike, so topics that differ only there may not both be made.
std::string collision_key(std::string_view name);

}  // namespace klamm::broker::meta
