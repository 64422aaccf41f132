#include <algorithm>
#include <set>

#include "broker/api/handlers.hpp"
#include "broker/meta/directories.hpp"
#include "broker/meta/topic_name.hpp"

namespace klamm::broker::api {
namespace {

using response_topic = wire::describe_topic_partitions_response::describe_topic_partitions_response_topic;

void describe(const meta::topic_image& topic, std::size_t index, const meta::image& image,
              response_topic& to) {
  const auto& partition = topic.partitions[index];
  auto& p = to.partitions.emplace_back();
  p.partition_index = partition_id(static_cast<std::int32_t>(index));
  p.leader_id = partition.leader;
  if (partition.leader.value < 0) p.error_code = error_code::leader_not_available;
  p.leader_epoch = partition.leader_epoch;
  p.replica_nodes = partition.replicas;
  p.isr_nodes = partition.isr;
  p.eligible_leader_replicas = partition.eligible_leaders;
  p.last_known_elr = partition.last_known_eligible;
  p.offline_replicas = meta::offline_replicas(image, partition);
}

/// The names asked for (all, if none is), in order and each once, from the cursor on.
std::set<std::string_view> names_of(const wire::describe_topic_partitions_request& request,
                                    const meta::image& image) {
  std::set<std::string_view> names;
  for (const auto& topic : request.topics) names.insert(topic.name);
  if (request.topics.empty())
    for (const auto& [name, topic] : image.topics->by_name) names.insert(name);
  if (request.cursor) names.erase(names.begin(), names.lower_bound(request.cursor->topic_name));
  return names;
}

}  // namespace

void describe_topic_partitions(const wire::describe_topic_partitions_request& request, const caller&,
                               services& node, reply<wire::describe_topic_partitions_response> answer) {
  const auto image = node.metadata;
  wire::describe_topic_partitions_response response;
  const auto limit = std::min<std::int64_t>(request.response_partition_limit,
                                            node.configs().broker_number("max.request.partition.size.limit"));
  auto left = std::max<std::int64_t>(limit, 1);
  for (const auto name : names_of(request, *image)) {
    const bool at_cursor = request.cursor && request.cursor->topic_name == name;
    const auto first =
        at_cursor ? static_cast<std::size_t>(std::max(request.cursor->partition_index.value, 0)) : 0;
    if (left == 0) {
      auto& cursor = response.next_cursor.emplace();
      cursor.topic_name = name;
      break;
    }
    auto& to = response.topics.emplace_back();
    to.name = name;
    const auto topic = image->topics->find(name);
    if (!topic) {
      to.error_code = meta::check_topic_name(name) ? error_code::unknown_topic_or_partition
                                                   : error_code::invalid_topic_exception;
      continue;
    }
    to.topic_id = topic->id;
    to.is_internal = meta::is_internal_topic(name);
    to.topic_authorized_operations = all_topic_operations;
    auto next = first;
    for (; next < topic->partitions.size() && left > 0; ++next, --left) describe(*topic, next, *image, to);
    if (next == topic->partitions.size()) continue;
    auto& cursor = response.next_cursor.emplace();
    cursor.topic_name = name;
    cursor.partition_index = partition_id(static_cast<std::int32_t>(next));
    break;
  }
  answer(response);
}

}  // namespace klamm::broker::api
