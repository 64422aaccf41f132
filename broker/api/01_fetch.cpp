#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void fetch(const wire::fetch_request& request, const caller& from, services& node,
           reply<wire::fetch_response> answer) {
  const bool replica_fetch = request.replica_id.value >= 0 || request.replica_state.replica_id.value >= 0;
  if (replica_fetch) {  // CVE-2018-1288: only a partition's followers may fetch as such, and none has any here
    wire::fetch_response refused;
    for (const auto& topic : request.topics) {
      auto& to = refused.responses.emplace_back();
      to.topic = topic.topic;
      to.topic_id = topic.topic_id;
      for (const auto& partition : topic.partitions) {
        auto& p = to.partitions.emplace_back();
        p.partition_index = partition.partition;
        p.error_code = error_code::not_leader_or_follower;
        p.high_watermark = offset(-1);
        p.records.emplace();
      }
    }
    return answer(refused);
  }
  (void)from;
  node.fetches.fetch(
      request, [answer](const wire::fetch_response& response) { answer(response); }, node.clock);
}

}  // namespace klamm::broker::api
