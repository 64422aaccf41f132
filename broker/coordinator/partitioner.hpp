// Which partition of an internal topic coordinates a key (a group id, a transactional id): Java's
// String.hashCode of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.hpp"

namespace klamm::broker::coordinator {

/// Java's String.hashCode: over UTF-16 code units, so the UTF-8 of `text` is decoded; bytes that are not
/// UTF-8 count as U+FFFD each, as Java's decoder would have it.
std::int32_t java_string_hash(std::string_view text);

/// Precondition: partitions > 0.
partition_id coordinating_partition(std::string_view key, std::int32_t partitions);

}  // namespace klamm::broker::coordinator
