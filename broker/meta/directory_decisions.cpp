#include "broker/meta/directory_decisions.hpp"

#include "broker/meta/broker_control.hpp"
#include "broker/meta/directories.hpp"
#include "broker/meta/node_list.hpp"
#include "broker/meta/partition_updates.hpp"

namespace klamm::broker::meta {
namespace {

error_code assign(const broker_image& broker, const uuid& directory, const topic_image& topic,
                  partition_id id, decision& d) {
  const auto* const now = topic.partition(id);
  if (!now) return error_code::unknown_topic_or_partition;
  if (!holds(now->replicas, broker.id)) return error_code::not_leader_or_follower;
  partition_target to(*now);
  to.directories[broker.id] = directory;
  auto rules = rules_for(d, topic, *now);
  const node_id self[] = {broker.id};
  rules.may_lead = without(rules.may_lead, self);
  const bool has_it = holds(now->isr, broker.id) || is_online(broker, directory_of(*now, broker.id));
  if (!is_online(broker, directory))
    to.isr = without(to.isr, self);
  else if (!has_it)
    to.last_known_is_lost = now->last_known_eligible == std::vector{broker.id};
  else if (broker.alive())
    rules.may_lead.push_back(broker.id);
  update_partition(d, topic, id, std::move(to), rules);
  return error_code::none;
}

}  // namespace

wire::assign_replicas_to_dirs_response assign_replicas_to_dirs(
    const wire::assign_replicas_to_dirs_request& request, decision& d) {
  wire::assign_replicas_to_dirs_response response;
  response.error_code = check_broker_epoch(d.state, request.broker_id, request.broker_epoch).code();
  if (response.error_code != error_code::none) return response;
  const auto& broker = *d.state.broker(request.broker_id);
  for (const auto& directory : request.directories) {
    auto& to = response.directories.emplace_back();
    to.id = directory.id;
    for (const auto& asked : directory.topics) {
      auto& about = to.topics.emplace_back();
      about.topic_id = asked.topic_id;
      const auto topic = d.state.topics->find(asked.topic_id);
      for (const auto& partition : asked.partitions) {
        auto& answer = about.partitions.emplace_back();
        answer.partition_index = partition.partition_index;
        answer.error_code = topic ? assign(broker, directory.id, *topic, partition.partition_index, d)
                                  : error_code::unknown_topic_id;
      }
    }
  }
  return response;
}

}  // namespace klamm::broker::meta
