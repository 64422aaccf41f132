// A member of a classic group: what it said of itself when it joined, and the answers it waits for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "wire/messages/join_group.hpp"
#include "wire/messages/sync_group.hpp"

namespace klamm::broker::group {

using owned_bytes = std::vector<std::byte>;
/// Answers are given once. What the response refers to is valid during the call only.
using join_reply = unique_function<void(const wire::join_group_response&)>;
using sync_reply = unique_function<void(const wire::sync_group_response&)>;

struct member_protocol {
  std::string name;
  owned_bytes metadata;
  bool operator==(const member_protocol&) const = default;
};

/// Where a request came from, and in which version.
struct group_caller {
  std::string_view client_id, client_host;
  klamm::api_version version = 0;
};

struct classic_member {
  std::string id;
  std::optional<std::string> instance_id;  // KIP-345
  std::string client_id, client_host;
  millis session_timeout{}, rebalance_timeout{};
  /// In the member's order of preference.
  std::vector<member_protocol> protocols;
  owned_bytes assignment;
  /// It has never been told of a generation.
  bool is_new = false;

  join_reply awaiting_join;
  sync_reply awaiting_sync;

  /// The metadata for a protocol; empty if the member does not have it.
  bytes_view metadata(std::string_view protocol) const;
  /// The topics that it subscribes to, its metadata for `protocol` read as the consumer protocol's; none if they are not.
  std::optional<std::vector<std::string_view>> subscription(std::string_view protocol) const;
  /// Answers the request that waits, if one does.
  void fail_join(error_code why);
  void fail_sync(error_code why);
  /// Takes over what a (re)joining member says of itself.
  void update(const wire::join_group_request& request, const group_caller& from);
};

/// The protocols of a request, owned.
std::vector<member_protocol> protocols_of(const wire::join_group_request& request);

}  // namespace klamm::broker::group
