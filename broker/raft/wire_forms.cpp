#include "broker/raft/wire_forms.hpp"

#include <fmt/format.h>

namespace klamm::broker::raft {
namespace {

constexpr offset unsaid_high_watermark(INT64_MAX);
constexpr std::int32_t fetched_at_once = 1024 * 1024;

// How each message names a topic and its partition.
std::string_view topic_of(const auto& topic) {
  if constexpr (requires { topic.topic_name; })
    return topic.topic_name;
  else if constexpr (requires { topic.topic; })
    return topic.topic;
  else
    return topic.name;
}
partition_id partition_of(const auto& partition) {
  if constexpr (requires { partition.partition_index; })
    return partition.partition_index;
  else if constexpr (requires { partition.partition; })
    return partition.partition;
  else
    return partition.index;
}
bool is_metadata(const auto& topic) {
  if constexpr (requires { topic.topic_id; })
    if (topic.topic_id == metadata_topic_id()) return true;
  return topic_of(topic) == metadata_topic;
}

/// The one partition that a message names; null if it is not the metadata log's.
template <class Topics>
auto* only_partition(const Topics& topics) {
  using partition = std::remove_cvref_t<decltype(topics.front().partitions.front())>;
  const partition* none = nullptr;
  if (topics.size() != 1 || !is_metadata(topics.front()) || topics.front().partitions.size() != 1)
    return none;
  const auto& only = topics.front().partitions.front();
  return partition_of(only) == partition_id(0) ? &only : none;
}

/// Adds it to what is to be sent.
template <class Topics>
auto& add_partition(Topics& topics) {
  auto& topic = topics.emplace_back();
  if constexpr (requires { topic.topic_name; })
    topic.topic_name = metadata_topic;
  else if constexpr (requires { topic.topic; })
    topic.topic = metadata_topic;
  else
    topic.name = metadata_topic;
  if constexpr (requires { topic.topic_id; }) topic.topic_id = metadata_topic_id();
  return topic.partitions.emplace_back();
}

void add_endpoint(const identity& of, auto& to) {
  auto& endpoint = to.emplace_back();
  endpoint.name = of.self.listener;
  endpoint.host = of.self.host;
  endpoint.port = of.self.port;
}

error_code check_cluster(const std::optional<std::string_view>& named, const identity& own) {
  return named && *named != own.cluster_id ? error_code::inconsistent_cluster_id : error_code::none;
}

/// The partition that a request to this voter is about.
template <class Request>
auto partition_in(const Request& came, const identity& own) -> result<decltype(only_partition(came.topics))> {
  if (const auto other = check_cluster(came.cluster_id, own); other != error_code::none)
    return error(other, fmt::format("this is cluster {}", own.cluster_id));
  const auto* const only = only_partition(came.topics);
  if (!only)
    return error(error_code::invalid_request, "only partition 0 of __cluster_metadata is replicated here");
  return only;
}

template <class Response>
auto partition_of_answer(const Response& came, const auto& topics)
    -> result<decltype(only_partition(topics))> {
  if (came.error_code != error_code::none) return error(came.error_code);
  const auto* const only = only_partition(topics);
  if (!only) return error(error_code::malformed_response, "the answer does not name the metadata log");
  return only;
}

void say_leader(const known_leader& leader, auto& to) {
  to.leader_id = leader.node;
  to.leader_epoch = leader.epoch;
}
known_leader leader_said(const auto& by) { return {by.leader_epoch, by.leader_id, {}}; }

/// Where the leader is, in an answer of a version that has a place for it.
void say_endpoint(const known_leader& leader, auto& answer) {
  if (leader.at.host.empty()) return;
  auto& endpoint = answer.node_endpoints.emplace_back();
  endpoint.node_id = leader.node;
  endpoint.host = leader.at.host;
  endpoint.port = leader.at.port;
}
known_leader leader_said(const auto& by, const auto& answer) {
  auto leader = leader_said(by);
  for (const auto& endpoint : answer.node_endpoints)
    if (endpoint.node_id == leader.node)
      leader.at = {std::string(endpoint.host), static_cast<std::uint16_t>(endpoint.port)};
  return leader;
}
/// A leader says itself where it is.
known_leader leader_of(const auto& partition, const auto& request) {
  auto leader = leader_said(partition);
  if (!request.leader_endpoints.empty())
    leader.at = {std::string(request.leader_endpoints.front().host), request.leader_endpoints.front().port};
  return leader;
}

void epoch_answer(const epoch_response& said, auto& to) {
  auto& partition = add_partition(to.topics);
  partition.error_code = said.error;
  say_leader(said.leader, partition);
  say_endpoint(said.leader, to);
}
result<epoch_response> epoch_answered(const auto& came) {
  const auto partition = partition_of_answer(came, came.topics);
  if (!partition) return partition.failure();
  return epoch_response{(*partition)->error_code, leader_said(**partition, came)};
}

}  // namespace

uuid metadata_topic_id() {
  uuid id;
  id.bytes.back() = 1;
  return id;
}

// Requests

wire::vote_request to_wire(const vote_request& said, const identity& from, node_id to) {
  wire::vote_request out;
  out.cluster_id = from.cluster_id;
  out.voter_id = to;
  auto& partition = add_partition(out.topics);
  partition.replica_epoch = said.epoch;
  partition.replica_id = said.candidate;
  partition.replica_directory_id = said.candidate_directory;
  partition.voter_directory_id = said.voter.directory;
  partition.last_offset_epoch = said.log.epoch;
  partition.last_offset = said.log.end;
  partition.pre_vote = said.pre_vote;
  return out;
}

result<vote_request> from_wire(const wire::vote_request& came, const identity& own) {
  const auto partition = partition_in(came, own);
  if (!partition) return partition.failure();
  const auto& p = **partition;
  return vote_request{p.replica_epoch,
                      p.replica_id,
                      p.replica_directory_id,
                      {p.last_offset_epoch, p.last_offset},
                      p.pre_vote,
                      {came.voter_id, p.voter_directory_id}};
}

wire::begin_quorum_epoch_request to_wire(const begin_epoch_request& said, const identity& from, node_id to) {
  wire::begin_quorum_epoch_request out;
  out.cluster_id = from.cluster_id;
  out.voter_id = to;
  auto& partition = add_partition(out.topics);
  say_leader(said.leader, partition);
  partition.voter_directory_id = said.voter.directory;
  add_endpoint(from, out.leader_endpoints);
  return out;
}

result<begin_epoch_request> from_wire(const wire::begin_quorum_epoch_request& came, const identity& own) {
  const auto partition = partition_in(came, own);
  if (!partition) return partition.failure();
  return begin_epoch_request{leader_of(**partition, came), {came.voter_id, (*partition)->voter_directory_id}};
}

wire::end_quorum_epoch_request to_wire(const end_epoch_request& said, const identity& from, node_id) {
  wire::end_quorum_epoch_request out;
  out.cluster_id = from.cluster_id;
  auto& partition = add_partition(out.topics);
  say_leader(said.leader, partition);
  for (const auto& successor : said.successors) {
    partition.preferred_successors.push_back(successor.id);  // of version 0
    auto& candidate = partition.preferred_candidates.emplace_back();
    candidate.candidate_id = successor.id;
    candidate.candidate_directory_id = successor.directory;
  }
  add_endpoint(from, out.leader_endpoints);
  return out;
}

result<end_epoch_request> from_wire(const wire::end_quorum_epoch_request& came, const identity& own) {
  const auto partition = partition_in(came, own);
  if (!partition) return partition.failure();
  end_epoch_request told{leader_of(**partition, came), {}};
  for (const auto id : (*partition)->preferred_successors) told.successors.push_back({id});
  for (const auto& candidate : (*partition)->preferred_candidates)
    told.successors.push_back({candidate.candidate_id, candidate.candidate_directory_id});
  return told;
}

wire::fetch_request to_wire(const fetch_request& said, const identity& from, node_id) {
  wire::fetch_request out;
  out.cluster_id = from.cluster_id;
  out.replica_state.replica_id = said.replica.id;  // since version 15, Kafka 3.5
  out.max_wait_ms = said.max_wait;
  out.max_bytes = fetched_at_once;
  auto& partition = add_partition(out.topics);
  partition.current_leader_epoch = said.epoch;
  partition.fetch_offset = said.from;
  partition.last_fetched_epoch = said.last_epoch;
  partition.replica_directory_id = said.replica.directory;
  partition.partition_max_bytes = fetched_at_once;
  partition.high_watermark = said.high_watermark.value < 0 ? unsaid_high_watermark : said.high_watermark;
  return out;
}

result<fetch_request> from_wire(const wire::fetch_request& came, const identity& own) {
  const auto partition = partition_in(came, own);
  if (!partition) return partition.failure();
  const auto& p = **partition;
  const auto replica =
      came.replica_state.replica_id.value >= 0 ? came.replica_state.replica_id : came.replica_id;
  return fetch_request{
      .epoch = p.current_leader_epoch,
      .replica = {replica, p.replica_directory_id},
      .from = p.fetch_offset,
      .last_epoch = p.last_fetched_epoch,
      .high_watermark = p.high_watermark == unsaid_high_watermark ? offset(-1) : p.high_watermark,
      .max_wait = came.max_wait_ms};
}

wire::fetch_snapshot_request to_wire(const snapshot_request& said, const identity& from, node_id) {
  wire::fetch_snapshot_request out;
  out.cluster_id = from.cluster_id;
  out.replica_id = said.replica.id;
  auto& partition = add_partition(out.topics);
  partition.current_leader_epoch = said.epoch;
  partition.snapshot_id.end_offset = said.id.end;
  partition.snapshot_id.epoch = said.id.epoch;
  partition.position = static_cast<std::int64_t>(said.position);
  partition.replica_directory_id = said.replica.directory;
  return out;
}

result<snapshot_request> from_wire(const wire::fetch_snapshot_request& came, const identity& own) {
  const auto partition = partition_in(came, own);
  if (!partition) return partition.failure();
  const auto& p = **partition;
  if (p.position < 0)
    return error(error_code::position_out_of_range, fmt::format("position {} of a snapshot", p.position));
  return snapshot_request{p.current_leader_epoch,
                          {came.replica_id, p.replica_directory_id},
                          {p.snapshot_id.end_offset, p.snapshot_id.epoch},
                          static_cast<std::uint64_t>(p.position)};
}

// Answers

void to_wire(const vote_response& said, wire::vote_response& to) {
  auto& partition = add_partition(to.topics);
  partition.error_code = said.error;
  say_leader(said.leader, partition);
  partition.vote_granted = said.granted;
  say_endpoint(said.leader, to);
}

result<vote_response> from_wire(const wire::vote_response& came) {
  const auto partition = partition_of_answer(came, came.topics);
  if (!partition) return partition.failure();
  return vote_response{(*partition)->error_code, leader_said(**partition, came), (*partition)->vote_granted};
}

void to_wire(const epoch_response& said, wire::begin_quorum_epoch_response& to) { epoch_answer(said, to); }
void to_wire(const epoch_response& said, wire::end_quorum_epoch_response& to) { epoch_answer(said, to); }
result<epoch_response> from_wire(const wire::begin_quorum_epoch_response& came) {
  return epoch_answered(came);
}
result<epoch_response> from_wire(const wire::end_quorum_epoch_response& came) { return epoch_answered(came); }

void to_wire(fetch_response&& said, wire::fetch_response& to) {
  auto& partition = add_partition(to.responses);
  partition.error_code = said.error;
  partition.high_watermark = said.high_watermark;
  say_leader(said.leader, partition.current_leader);
  say_endpoint(said.leader, to);
  if (said.diverging) {
    partition.diverging_epoch.epoch = said.diverging->epoch;
    partition.diverging_epoch.end_offset = said.diverging->end;
  }
  if (said.snapshot) {
    partition.snapshot_id.end_offset = said.snapshot->end;
    partition.snapshot_id.epoch = said.snapshot->epoch;
  }
  partition.records = wire::records_field(std::move(said.records));
}

result<fetch_response> from_wire(const wire::fetch_response& came) {
  const auto partition = partition_of_answer(came, came.responses);
  if (!partition) return partition.failure();
  const auto& p = **partition;
  fetch_response out{.error = p.error_code,
                     .leader = leader_said(p.current_leader, came),
                     .high_watermark = p.high_watermark};
  if (p.diverging_epoch.end_offset.value >= 0)
    out.diverging = log::epoch_end{p.diverging_epoch.epoch, p.diverging_epoch.end_offset};
  if (p.snapshot_id.end_offset.value >= 0)
    out.snapshot = snapshot_id{p.snapshot_id.end_offset, p.snapshot_id.epoch};
  if (p.records) out.records = p.records->chain();
  return out;
}

void to_wire(const snapshot_response& said, const snapshot_request& asked,
             wire::fetch_snapshot_response& to) {
  auto& partition = add_partition(to.topics);
  partition.error_code = said.error;
  partition.snapshot_id.end_offset = asked.id.end;
  partition.snapshot_id.epoch = asked.id.epoch;
  say_leader(said.leader, partition.current_leader);
  say_endpoint(said.leader, to);
  partition.size = static_cast<std::int64_t>(said.size);
  partition.position = static_cast<std::int64_t>(asked.position);
  partition.unaligned_records = wire::records_field(said.bytes);
}

result<snapshot_response> from_wire(const wire::fetch_snapshot_response& came) {
  const auto partition = partition_of_answer(came, came.topics);
  if (!partition) return partition.failure();
  const auto& p = **partition;
  return snapshot_response{p.error_code, leader_said(p.current_leader, came),
                           static_cast<std::uint64_t>(p.size), p.unaligned_records.joined()};
}

}  // namespace klamm::broker::raft
