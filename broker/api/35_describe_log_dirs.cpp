#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

using named_partitions = std::set<std::pair<std::string_view, partition_id>>;

/// None: all are meant.
std::optional<named_partitions> named_in(const wire::describe_log_dirs_request& request) {
  if (!request.topics) return std::nullopt;
  named_partitions named;
  for (const auto& topic : *request.topics)
    for (const auto partition : topic.partitions) named.emplace(topic.topic, partition);
  return named;
}

}  // namespace

void describe_log_dirs(const wire::describe_log_dirs_request& request, const caller&, services& node,
                       reply<wire::describe_log_dirs_response> answer) {
  wire::describe_log_dirs_response response;
  auto& dir = response.results.emplace_back();
  dir.log_dir = node.replicas.path();
  if (node.replicas.offline()) dir.error_code = error_code::kafka_storage_error;
  const auto named = named_in(request);
  for (auto* const partition : node.replicas.all()) {
    const auto& name = partition->name();
    if (named && !named->contains({name.topic, name.partition})) continue;
    if (dir.topics.empty() || dir.topics.back().name != name.topic)
      dir.topics.emplace_back().name = name.topic;
    auto& p = dir.topics.back().partitions.emplace_back();
    p.partition_index = name.partition;
    p.partition_size = static_cast<std::int64_t>(partition->log().size_bytes());
    p.offset_lag = 0;  // the leader's own
  }
  answer(response);
}

}  // namespace klamm::broker::api
