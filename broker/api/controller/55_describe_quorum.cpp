#include "broker/api/controller/handlers.hpp"

namespace klamm::broker::controller_api {
namespace {

using partition_data = wire::describe_quorum_response::partition_data;

/// When it was on the caller's clock; -1: never.
timestamp wall_time(time_point at, const instant& clock) {
  if (at == time_point::min()) return timestamp(-1);
  const auto ago = std::chrono::duration_cast<millis>(clock.steady - at);
  return timestamp(clock.wall.value - ago.count());
}

void describe(const services& node, partition_data& to) {
  to.leader_id = node.quorum.leader_id();
  to.leader_epoch = node.quorum.epoch();
  to.high_watermark = node.quorum.high_watermark();
  for (const auto& member : node.quorum.members()) {
    auto& replica = (member.votes ? to.current_voters : to.observers).emplace_back();
    replica.replica_id = member.key.id;
    replica.replica_directory_id = member.key.directory;
    replica.log_end_offset = member.end;
    const bool self = member.key.id == node.own.self.id;
    replica.last_fetch_timestamp = self ? node.clock.wall : wall_time(member.heard_at, node.clock);
    replica.last_caught_up_timestamp = wall_time(member.caught_up_at, node.clock);
  }
}

void add_listener(std::string_view name, std::string_view host, std::uint16_t port,
                  wire::describe_quorum_response::node& to) {
  auto& listener = to.listeners.emplace_back();
  listener.name = name;
  listener.host = host;
  listener.port = port;
}

void list_nodes(const services& node, wire::describe_quorum_response& to) {
  for (const auto& voter : node.quorum.voters()) {
    auto& listed = to.nodes.emplace_back();
    listed.node_id = voter.id;
    add_listener(voter.listener, voter.host, voter.port, listed);
    for (const auto& other : voter.others) add_listener(other.name, other.host, other.port, listed);
  }
}

}  // namespace

void describe_quorum(const wire::describe_quorum_request& request, const caller& from, services& node,
                     reply<wire::describe_quorum_response> answer) {
  wire::describe_quorum_response response;
  response.error_message = std::nullopt;
  for (const auto& topic : request.topics) {
    auto& to = response.topics.emplace_back();
    to.topic_name = topic.topic_name;
    for (const auto& partition : topic.partitions) {
      auto& p = to.partitions.emplace_back();
      p.partition_index = partition.partition_index;
      p.error_message = std::nullopt;
      if (topic.topic_name != raft::metadata_topic || partition.partition_index != partition_id(0))
        p.error_code = error_code::unknown_topic_or_partition;
      else if (!node.quorum.leading())
        p.error_code = error_code::not_leader_or_follower;
      else
        describe(node, p);
    }
  }
  if (from.version >= 2) list_nodes(node, response);
  answer(response);
}

}  // namespace klamm::broker::controller_api
