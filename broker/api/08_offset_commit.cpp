#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

using commit_response = wire::offset_commit_response;
constexpr api_version first_with_topic_ids = 10;

/// The answer with every partition, and where the coordinator's outcomes go: those of topics that exist.
struct operation {
  commit_response response;
  std::vector<error_code*> outcomes;
  group::offset_commit_command command;
  std::vector<meta::topic_ptr> topics;  // keep the names
};

std::shared_ptr<operation> prepare(const wire::offset_commit_request& request, const caller& from,
                                   const services& node) {
  auto op = std::make_shared<operation>();
  op->command = {request.group_id,
                 request.member_id,
                 request.group_instance_id,
                 request.generation_id_or_member_epoch,
                 {}};
  if (request.retention_time_ms >= millis(0)) op->command.retention = request.retention_time_ms;
  for (const auto& topic : request.topics) {
    auto& to = op->response.topics.emplace_back();
    to.name = topic.name;
    to.topic_id = topic.topic_id;
    to.partitions.resize(topic.partitions.size());
  }
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& topic = request.topics[t];
    const bool by_id = from.version >= first_with_topic_ids;
    const auto known =
        by_id ? node.metadata->topics->find(topic.topic_id) : node.metadata->topics->find(topic.name);
    op->topics.push_back(known);
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const auto& partition = topic.partitions[i];
      auto& to = op->response.topics[t].partitions[i];
      to.partition_index = partition.partition_index;
      if (!known || !known->partition(partition.partition_index)) {
        to.error_code =
            known || !by_id ? error_code::unknown_topic_or_partition : error_code::unknown_topic_id;
        continue;
      }
      op->outcomes.push_back(&to.error_code);
      op->command.offsets.push_back({{known->name, partition.partition_index},
                                     partition.committed_offset,
                                     partition.committed_leader_epoch,
                                     partition.committed_metadata.value_or("")});
    }
  }
  return op;
}

}  // namespace

void offset_commit(const wire::offset_commit_request& request, const caller& from, services& node,
                   reply<commit_response> answer) {
  const auto op = prepare(request, from, node);
  const auto coordinator = node.groups.coordinator_of(request.group_id);
  if (!coordinator)
    for (auto* const outcome : op->outcomes) *outcome = coordinator.code();
  if (!coordinator || op->outcomes.empty()) return answer(op->response);
  (*coordinator)
      ->commit(
          op->command,
          [op, answer](std::span<const error_code> outcomes) {
            for (std::size_t i = 0; i < outcomes.size(); ++i) *op->outcomes[i] = outcomes[i];
            answer(op->response);
          },
          node.clock);
}

}  // namespace klamm::broker::api
