// What every generated message header stands on.
//
// A message is a plain struct: fields in snake_case of Kafka's names, numbers with a meaning as domain types,
// null as std::nullopt, structures nested in their message (`fetch_request::fetch_topic`). Constants: `api`
// (requests and responses) or `record_type` (records), `versions`, `flexible_from`. A request names its
// answer: `fetch_request::response`.
//
//   void decode(reader&, T&, api_version)        every field is set, those that the version lacks to their default;
//                                                what vectors hold is reused. Check reader::ok() afterwards.
//   void encode(writer&, const T&, api_version)  check writer::ok() afterwards.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "wire/api_key.hpp"
#include "wire/fields.hpp"

namespace klamm::wire {

class reader;
class writer;

/// The versions from `min` to `max`, both included; empty where max < min.
struct version_range {
  api_version min = 0;
  api_version max = -1;

  constexpr bool contains(api_version version) const { return min <= version && version <= max; }
  constexpr bool empty() const { return max < min; }
  bool operator==(const version_range&) const = default;
};
/// The versions that both sides speak.
constexpr version_range intersect(version_range a, version_range b) {
  return {std::max(a.min, b.min), std::min(a.max, b.max)};
}

/// `flexible_from` of a message without flexible versions (KIP-482).
inline constexpr api_version never_flexible = std::numeric_limits<api_version>::max();

}  // namespace klamm::wire
