#include <algorithm>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

bool wanted(const wire::describe_log_dirs_request& request, const topic_partition& name) {
  if (!request.topics) return true;
  return std::any_of(request.topics->begin(), request.topics->end(), [&](const auto& topic) {
    return topic.topic == name.topic && std::find(topic.partitions.begin(), topic.partitions.end(),
                                                  name.partition) != topic.partitions.end();
  });
}

}  // namespace

void describe_log_dirs(const wire::describe_log_dirs_request& request, const caller&, services& node,
                       reply<wire::describe_log_dirs_response> answer) {
  wire::describe_log_dirs_response response;
  auto& dir = response.results.emplace_back();
  dir.log_dir = node.replicas.path();
  if (node.replicas.offline()) dir.error_code = error_code::kafka_storage_error;
  for (auto* const partition : node.replicas.all()) {
    if (!wanted(request, partition->name())) continue;
    if (dir.topics.empty() || dir.topics.back().name != partition->name().topic)
      dir.topics.emplace_back().name = partition->name().topic;
    auto& p = dir.topics.back().partitions.emplace_back();
    p.partition_index = partition->name().partition;
    p.partition_size = static_cast<std::int64_t>(partition->log().size_bytes());
    p.offset_lag = 0;  // the leader's own
  }
  answer(response);
}

}  // namespace klamm::broker::api
