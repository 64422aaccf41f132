// The table of the APIs: versions, headers, and where each is served.
#pragma once

#include <span>
#include <string_view>

#include "wire/message.hpp"

namespace klamm::wire {

/// Bits of api_info::listeners.
enum : std::uint8_t { on_broker = 1, on_controller = 2 };

struct api_info {
  api_key key;
  std::string_view name;  // Fetch
  version_range versions;
  api_version latest_stable;  // versions above are still being designed
  api_version request_flexible_from;
  api_version response_flexible_from;
  api_version fixed_response_header;  // of ApiVersions, whose answer must be readable by anyone; else -1
  std::uint8_t listeners;
  bool cluster_action;  // needs CLUSTER_ACTION on the cluster: brokers and controllers among themselves
  bool forwardable;     // brokers pass it on to the controller

  constexpr bool served_on(std::uint8_t listener) const { return (listeners & listener) != 0; }
  constexpr api_version request_header_version(api_version v) const {
    return v >= request_flexible_from ? 2 : 1;
  }
  constexpr api_version response_header_version(api_version v) const {
    if (fixed_response_header >= 0) return fixed_response_header;
    return v >= response_flexible_from ? 1 : 0;
  }
};

/// Every API, by rising key.
std::span<const api_info> all_apis();
/// Null for a key that we do not know.
const api_info* find_api(api_key key);
const api_info* find_api(std::string_view name);

}  // namespace klamm::wire
