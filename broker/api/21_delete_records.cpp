#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void delete_records(const wire::delete_records_request& request, const caller&, services& node,
                    reply<wire::delete_records_response> answer) {
  wire::delete_records_response response;
  for (const auto& topic : request.topics) {
    auto& to = response.topics.emplace_back();
    to.name = topic.name;
    for (const auto& asked : topic.partitions) {
      auto& p = to.partitions.emplace_back();
      p.partition_index = asked.partition_index;
      p.low_watermark = offset(-1);
      auto* const partition = node.replicas.find(topic.name, asked.partition_index);
      p.error_code =
          partition ? partition->check_leader(leader_epoch()) : error_code::unknown_topic_or_partition;
      if (p.error_code != error_code::none) continue;
      const auto start = partition->delete_records(asked.offset);
      if (start) p.low_watermark = *start;
      p.error_code = start.code();
    }
  }
  answer(response);
}

}  // namespace klamm::broker::api
