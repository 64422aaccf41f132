#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void offset_delete(const wire::offset_delete_request& request, const caller&, services& node,
                   reply<wire::offset_delete_response> answer) {
  const auto response = std::make_shared<wire::offset_delete_response>();
  const auto coordinator = node.groups.coordinator_of(request.group_id);
  if (!coordinator) {
    response->error_code = coordinator.code();
    return answer(*response);
  }
  std::vector<topic_partition> named;
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions)
      named.push_back({std::string(topic.name), partition.partition_index});
  (*coordinator)
      ->delete_offsets(
          request.group_id, named,
          [&request, response, answer](error_code whole, std::span<const error_code> each) {
            response->error_code = whole;
            std::size_t next = 0;
            for (const auto& topic : request.topics) {
              if (whole != error_code::none) break;
              auto& to = response->topics.emplace_back();
              to.name = topic.name;
              for (const auto& partition : topic.partitions) {
                auto& p = to.partitions.emplace_back();
                p.partition_index = partition.partition_index;
                p.error_code = each[next++];
              }
            }
            answer(*response);
          },
          node.clock);
}

}  // namespace klamm::broker::api
