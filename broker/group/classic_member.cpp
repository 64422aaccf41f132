#include "broker/group/classic_member.hpp"

#include <algorithm>
#include <utility>

#include "wire/messages/consumer_protocol_subscription.hpp"
#include "wire/versioned.hpp"

namespace klamm::broker::group {

bytes_view classic_member::metadata(std::string_view protocol) const {
  const auto found = std::ranges::find(protocols, protocol, &member_protocol::name);
  return found == protocols.end() ? bytes_view() : bytes_view(found->metadata);
}

std::optional<std::vector<std::string_view>> classic_member::subscription(std::string_view protocol) const {
  wire::consumer_protocol_subscription read;
  if (!wire::decode_versioned(metadata(protocol), read, wire::newer_version::read_as_newest))
    return std::nullopt;
  return std::move(read.topics);
}

void classic_member::fail_join(error_code why) {
  if (!awaiting_join) return;
  wire::join_group_response response;
  response.error_code = why;
  response.member_id = id;
  response.protocol_name = "";
  std::exchange(awaiting_join, nullptr)(response);
}

void classic_member::fail_sync(error_code why) {
  if (!awaiting_sync) return;
  wire::sync_group_response response;
  response.error_code = why;
  std::exchange(awaiting_sync, nullptr)(response);
}

void classic_member::update(const wire::join_group_request& request, const group_caller& from) {
  client_id = from.client_id;
  client_host = from.client_host;
  session_timeout = request.session_timeout_ms;
  // Version 0 has one timeout for both.
  rebalance_timeout = from.version >= 1 ? request.rebalance_timeout_ms : request.session_timeout_ms;
  protocols = protocols_of(request);
}

std::vector<member_protocol> protocols_of(const wire::join_group_request& request) {
  std::vector<member_protocol> all;
  all.reserve(request.protocols.size());
  for (const auto& each : request.protocols)
    all.push_back({std::string(each.name), {each.metadata.begin(), each.metadata.end()}});
  return all;
}

}  // namespace klamm::broker::group
