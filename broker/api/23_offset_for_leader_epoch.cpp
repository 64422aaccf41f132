#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void offset_for_leader_epoch(const wire::offset_for_leader_epoch_request& request, const caller&,
                             services& node, reply<wire::offset_for_leader_epoch_response> answer) {
  wire::offset_for_leader_epoch_response response;
  for (const auto& topic : request.topics) {
    auto& to = response.topics.emplace_back();
    to.topic = topic.topic;
    for (const auto& asked : topic.partitions) {
      auto& p = to.partitions.emplace_back();
      p.partition = asked.partition;
      auto* const partition = node.replicas.find(topic.topic, asked.partition);
      p.error_code = partition ? partition->check_leader(asked.current_leader_epoch)
                               : error_code::unknown_topic_or_partition;
      if (p.error_code != error_code::none) continue;
      const auto end = partition->log().end_for_epoch(asked.leader_epoch);
      p.leader_epoch = end.epoch;
      p.end_offset = end.end;
    }
  }
  answer(response);
}

}  // namespace klamm::broker::api
