#include "broker/meta/reassignment_decisions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "broker/meta/directories.hpp"
#include "broker/meta/node_list.hpp"
#include "broker/meta/partition_updates.hpp"
#include "broker/meta/placement.hpp"

namespace klamm::broker::meta {
namespace {

error unknown(std::string what) { return {error_code::unknown_topic_or_partition, std::move(what)}; }

std::vector<node_id> sorted(std::vector<node_id> nodes) {
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

result<void> cancel(const topic_image& topic, partition_id id, const partition_image& p, decision& d) {
  if (!is_reassigning(p)) return {error_code::no_reassignment_in_progress};
  const auto rules = rules_for(d, topic, p);
  partition_target to(p);
  to.replicas = without(p.replicas, p.adding);
  to.isr = without(p.isr, p.adding);
  to.removing.clear();
  to.adding.clear();
  if (to.replicas.empty())
    return error(error_code::invalid_replica_assignment,
                 "Invalid replica assignment: addingReplicas contains all replicas.");
  if (to.isr.empty()) {
    if (rules.how != election::unclean)
      return error(error_code::invalid_replica_assignment,
                   fmt::format("Unable to revert partition assignment for {}:{} because it would require an "
                               "unclean leader election.",
                               topic.name, id.value));
    to.isr = {to.replicas.front()};
  }
  update_partition(d, topic, id, std::move(to), rules);
  return {};
}

result<void> reassign(const topic_image& topic, partition_id id, const partition_image& p,
                      const std::vector<node_id>& replicas, bool may_change_factor, decision& d) {
  if (auto checked = check_assignment(d.state, replicas); !checked) return checked;
  if (const auto now = without(p.replicas, p.adding); !may_change_factor && replicas.size() != now.size())
    return error(error_code::invalid_replication_factor,
                 fmt::format("The replication factor is changed from {} to {}", now.size(), replicas.size()));
  partition_target to(p);
  to.removing = sorted(without(p.replicas, replicas));
  // As in Kafka, who is being added stays so while nobody else is: asking again for what is under way changes nothing, and what is
  // called off leaves no replica that was never in sync.
  const auto added = sorted(without(replicas, p.replicas));
  if (!added.empty()) to.adding = added;
  to.replicas = replicas;
  to.replicas.insert(to.replicas.end(), to.removing.begin(), to.removing.end());
  for (const auto id : added) to.directories[id] = default_directory(d.state, id);
  auto rules = rules_for(d, topic, p);
  rules.how = election::online;
  update_partition(d, topic, id, std::move(to), rules);
  return {};
}

using reassignment = decltype(decltype(wire::alter_partition_reassignments_request::topics)::value_type::
                                  partitions)::value_type;

result<void> alter_one(std::string_view name, const reassignment& wanted, bool may_change_factor,
                       decision& d) {
  const auto topic = d.state.topics->find(name);
  if (!topic) return unknown(fmt::format("Unable to find a topic named {}.", name));
  const auto id = wanted.partition_index;
  const auto* const partition = topic->partition(id);
  if (!partition) return unknown(fmt::format("Unable to find partition {}:{}.", name, id.value));
  if (!wanted.replicas) return cancel(*topic, id, *partition, d);
  return reassign(*topic, id, *partition, *wanted.replicas, may_change_factor, d);
}

using ongoing_topic = decltype(wire::list_partition_reassignments_response::topics)::value_type;

void list_one(const topic_image& topic, partition_id id, ongoing_topic& to) {
  const auto* const partition = topic.partition(id);
  if (!partition || !is_reassigning(*partition)) return;
  auto& listed = to.partitions.emplace_back();
  listed.partition_index = id;
  listed.replicas = partition->replicas;
  listed.adding_replicas = partition->adding;
  listed.removing_replicas = partition->removing;
}

}  // namespace

wire::alter_partition_reassignments_response alter_partition_reassignments(
    const wire::alter_partition_reassignments_request& request, decision& d) {
  wire::alter_partition_reassignments_response response;
  response.error_message = std::nullopt;
  response.allow_replication_factor_change = request.allow_replication_factor_change;
  for (const auto& topic : request.topics) {
    auto& answers = response.responses.emplace_back();
    answers.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& to = answers.partitions.emplace_back();
      to.partition_index = partition.partition_index;
      to.error_message = std::nullopt;
      if (auto altered = alter_one(topic.name, partition, request.allow_replication_factor_change, d);
          !altered)
        d.refuse(to, altered.failure());
    }
  }
  return response;
}

wire::list_partition_reassignments_response list_partition_reassignments(
    const wire::list_partition_reassignments_request& request, decision& d) {
  wire::list_partition_reassignments_response response;
  response.error_message = std::nullopt;
  const auto add = [&](const topic_image& topic, auto ids) {
    ongoing_topic to;
    to.name = d.texts->keep(topic.name);
    for (const auto id : ids) list_one(topic, id, to);
    if (!to.partitions.empty()) response.topics.push_back(std::move(to));
  };
  if (request.topics) {
    for (const auto& asked : *request.topics)
      if (const auto topic = d.state.topics->find(asked.name)) add(*topic, asked.partition_indexes);
    return response;
  }
  for (const auto& [name, topic] : d.state.topics->by_name) {
    std::vector<partition_id> all;
    all.reserve(topic->partitions.size());
    for (std::int32_t i = 0; i < std::ssize(topic->partitions); ++i) all.emplace_back(i);
    add(*topic, all);
  }
  return response;
}

}  // namespace klamm::broker::meta
