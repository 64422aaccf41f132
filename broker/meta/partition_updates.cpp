#include "broker/meta/partition_updates.hpp"

#include <algorithm>

#include "broker/meta/config_table.hpp"
#include "broker/meta/directories.hpp"
#include "broker/meta/features.hpp"
#include "broker/meta/node_list.hpp"

namespace klamm::broker::meta {
namespace {

bool may_lead(const image& state, const partition_image& partition, node_id id, const broker_move& move) {
  if (id == move.leaves || id == move.was_shut_down_uncleanly) return false;
  const auto* const broker = state.broker(id);
  if (!broker || (id != move.comes && !broker->alive())) return false;
  return is_online(*broker, directory_of(partition, id));
}

bool is_left(const partition_image& p, const broker_move& move) {
  if (!holds(p.isr, move.leaves)) return false;
  const auto in = directory_of(p, move.leaves);
  return move.directories.empty() ||
         std::find(move.directories.begin(), move.directories.end(), in) != move.directories.end();
}

bool is_concerned(const partition_image& p, const broker_move& move) {
  if (move.comes != no_leader && p.leader == no_leader) return true;
  const auto unclean = move.was_shut_down_uncleanly;
  return is_left(p, move) || holds(p.isr, unclean) || holds(p.eligible_leaders, unclean);
}

}  // namespace

bool eligible_leaders_are_on(const image& state) { return state.feature_level(eligible_leaders_version) > 0; }

partition_rules rules_for(const decision& d, const topic_image& topic, const partition_image& partition,
                          const broker_move& move) {
  partition_rules rules;
  const auto replicas = topic.partitions.front().replicas.size();
  rules.min_isr =
      std::min(static_cast<std::size_t>(d.configs.topic_number(topic.name, min_isr_key)), replicas);
  rules.eligible_leaders = eligible_leaders_are_on(d.state);
  for (const auto id : partition.replicas)
    if (may_lead(d.state, partition, id, move)) rules.may_lead.push_back(id);
  const bool reckless = fires(d.faults, "meta.elect_anybody");
  if (reckless || d.configs.topic_flag(topic.name, "unclean.leader.election.enable"))
    rules.how = election::unclean;
  return rules;
}

bool update_partition(decision& d, const topic_image& topic, partition_id id, partition_target to,
                      const partition_rules& rules) {
  const auto change = change_partition(*topic.partition(id), std::move(to), rules, topic.id, id);
  if (change) d.records.emplace_back(*change);
  return change.has_value();
}

void move_broker(decision& d, const broker_move& move) {
  const node_id gone[] = {move.leaves, move.was_shut_down_uncleanly};
  for_each_partition(d.state, [&](const topic_image& topic, partition_id id, const partition_image& p) {
    if (!is_concerned(p, move)) return;
    partition_target to(p);
    to.isr = without(p.isr, gone);
    if (move.was_shut_down_uncleanly != no_leader) to.shut_down_uncleanly = {move.was_shut_down_uncleanly};
    update_partition(d, topic, id, std::move(to), rules_for(d, topic, p, move));
  });
}

}  // namespace klamm::broker::meta
