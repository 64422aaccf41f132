#include "broker/api/handlers.hpp"
#include "broker/meta/topic_name.hpp"

namespace klamm::broker::api {

void describe_quorum(const wire::describe_quorum_request& request, const caller& from, services& node,
                     reply<wire::describe_quorum_response> answer) {
  const auto quorum = node.quorum();
  wire::describe_quorum_response response;
  response.error_message = std::nullopt;
  for (const auto& topic : request.topics) {
    auto& to = response.topics.emplace_back();
    to.topic_name = topic.topic_name;
    for (const auto& partition : topic.partitions) {
      auto& p = to.partitions.emplace_back();
      p.partition_index = partition.partition_index;
      p.error_message = std::nullopt;
      if (topic.topic_name != meta::metadata_topic || partition.partition_index != partition_id(0)) {
        p.error_code = error_code::unknown_topic_or_partition;
        continue;
      }
      p.leader_id = quorum.leader;
      p.leader_epoch = quorum.epoch;
      p.high_watermark = quorum.high_watermark;
      for (const auto& [id, directory] : quorum.voters) {
        auto& voter = p.current_voters.emplace_back();
        voter.replica_id = id;
        voter.replica_directory_id = directory;
        voter.log_end_offset = quorum.end;
        voter.last_fetch_timestamp = node.clock.wall;
        voter.last_caught_up_timestamp = node.clock.wall;
      }
    }
  }
  const auto endpoint = endpoint_of(node, from, node.self);
  if (from.version >= 2 && endpoint) {
    auto& self = response.nodes.emplace_back();
    self.node_id = node.self;
    auto& listener = self.listeners.emplace_back();
    listener.name = "CONTROLLER";
    listener.host = endpoint->host;
    listener.port = endpoint->port;
  }
  answer(response);
}

}  // namespace klamm::broker::api
