// The forms of what changes the voters (KIP-853).
#include <fmt/format.h>

#include "broker/raft/wire_forms.hpp"

namespace klamm::broker::raft {
namespace {

constexpr std::string_view kraft_version = "kraft.version";

void add_listener(std::string_view name, std::string_view host, std::uint16_t port, auto& to) {
  auto& listener = to.emplace_back();
  listener.name = name;
  listener.host = host;
  listener.port = port;
}

/// Who is meant, and where it is reached.
void say_voter(const voter& said, auto& to) {
  to.voter_id = said.id;
  to.voter_directory_id = said.directory;
  add_listener(said.listener, said.host, said.port, to.listeners);
  for (const auto& other : said.others) add_listener(other.name, other.host, other.port, to.listeners);
}

/// The listener by which this node's controller is reached comes first: others are reached by the same.
result<voter> voter_said(const auto& came, const identity& own) {
  voter said{came.voter_id, came.voter_directory_id, {}, {}};
  for (const bool first : {true, false})
    for (const auto& listener : came.listeners)
      if ((listener.name == own.self.listener) == first)
        said.add_listener({std::string(listener.name), std::string(listener.host), listener.port});
  if (said.listener == own.self.listener && !said.listener.empty()) return said;
  return error(error_code::invalid_request,
               fmt::format("the request names no address of voter {} for the listener {}", said.id.value,
                           own.self.listener));
}

result<void> check_cluster(const auto& came, const identity& own) {
  if (!came.cluster_id || *came.cluster_id == own.cluster_id) return {};
  return error(error_code::inconsistent_cluster_id,
               fmt::format("The given id \"{}\" doesn't match the cluster id \"{}\"", *came.cluster_id,
                           own.cluster_id));
}

void say_change(const change_response& said, auto& to) {
  to.error_code = said.error;
  to.error_message = std::nullopt;
  if (!said.message.empty()) to.error_message = said.message;
}
change_response change_said(const auto& came) {
  return {came.error_code, std::string(came.error_message.value_or(std::string_view()))};
}

}  // namespace

wire::api_versions_request to_wire(const versions_request&, const identity&, node_id) {
  wire::api_versions_request out;
  out.client_software_name = "klamm";
  out.client_software_version = "1";
  return out;
}

result<versions_response> from_wire(const wire::api_versions_response& came) {
  versions_response said{came.error_code, std::nullopt};
  for (const auto& feature : came.supported_features)
    if (feature.name == kraft_version) said.kraft = version_range{feature.min_version, feature.max_version};
  return said;
}

wire::add_raft_voter_request to_wire(const add_voter_request& said, const identity& from, node_id) {
  wire::add_raft_voter_request out;
  out.cluster_id = from.cluster_id;
  out.timeout_ms = from.request_timeout;
  out.ack_when_committed = said.ack_when_committed;
  say_voter(said.added, out);
  return out;
}

result<add_voter_request> from_wire(const wire::add_raft_voter_request& came, const identity& own) {
  if (auto same = check_cluster(came, own); !same) return same.failure();
  auto said = voter_said(came, own);
  if (!said) return said.failure();
  return add_voter_request{*std::move(said), came.ack_when_committed};
}

void to_wire(const change_response& said, wire::add_raft_voter_response& to) { say_change(said, to); }
result<change_response> from_wire(const wire::add_raft_voter_response& came) { return change_said(came); }

wire::remove_raft_voter_request to_wire(const remove_voter_request& said, const identity& from, node_id) {
  wire::remove_raft_voter_request out;
  out.cluster_id = from.cluster_id;
  out.voter_id = said.removed.id;
  out.voter_directory_id = said.removed.directory;
  return out;
}

result<remove_voter_request> from_wire(const wire::remove_raft_voter_request& came, const identity& own) {
  if (auto same = check_cluster(came, own); !same) return same.failure();
  return remove_voter_request{{came.voter_id, came.voter_directory_id}};
}

void to_wire(const change_response& said, wire::remove_raft_voter_response& to) { say_change(said, to); }
result<change_response> from_wire(const wire::remove_raft_voter_response& came) { return change_said(came); }

wire::update_raft_voter_request to_wire(const update_voter_request& said, const identity& from, node_id) {
  wire::update_raft_voter_request out;
  out.cluster_id = from.cluster_id;
  out.current_leader_epoch = said.epoch;
  say_voter(said.updated, out);
  out.k_raft_version_feature.min_supported_version = said.updated.kraft_versions.min;
  out.k_raft_version_feature.max_supported_version = said.updated.kraft_versions.max;
  return out;
}

result<update_voter_request> from_wire(const wire::update_raft_voter_request& came, const identity& own) {
  if (auto same = check_cluster(came, own); !same) return same.failure();
  auto said = voter_said(came, own);
  if (!said) return said.failure();
  const auto& range = came.k_raft_version_feature;
  said->kraft_versions = {range.min_supported_version, range.max_supported_version};
  return update_voter_request{came.current_leader_epoch, *std::move(said)};
}

void to_wire(const update_voter_response& said, wire::update_raft_voter_response& to) {
  to.error_code = said.error;
  to.current_leader.leader_id = said.leader.node;
  to.current_leader.leader_epoch = said.leader.epoch;
  to.current_leader.host = said.leader.at.host;
  to.current_leader.port = said.leader.at.port;
}

result<update_voter_response> from_wire(const wire::update_raft_voter_response& came) {
  const auto& leader = came.current_leader;
  return update_voter_response{came.error_code,
                               {leader.leader_epoch,
                                leader.leader_id,
                                {std::string(leader.host), static_cast<std::uint16_t>(leader.port)}}};
}

}  // namespace klamm::broker::raft
