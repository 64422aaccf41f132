#include "broker/meta/internal_topics.hpp"

#include <algorithm>

#include "broker/meta/directories.hpp"
#include "broker/meta/node_list.hpp"
#include "broker/meta/partition_updates.hpp"
#include "broker/meta/topic_name.hpp"

namespace klamm::broker::meta {
namespace {

std::vector<node_id> live_brokers(const image& state) {
  std::vector<node_id> live;
  for (const auto& [id, broker] : state.cluster->brokers)
    if (broker.alive()) live.push_back(id);
  return live;
}

std::string_view factor_key(std::string_view topic) {
  if (topic == offsets_topic) return "offsets.topic.replication.factor";
  if (topic == transactions_topic) return "transaction.state.log.replication.factor";
  return "share.coordinator.state.topic.replication.factor";
}

/// The first of `from` that stands in a rack without a replica, else the first.
node_id choose(const image& state, const std::vector<node_id>& from, const std::vector<node_id>& replicas) {
  const auto rack = [&](node_id id) {
    const auto* const broker = state.broker(id);
    return broker ? broker->rack : std::nullopt;
  };
  const auto is_elsewhere = [&](node_id id) {
    return std::none_of(replicas.begin(), replicas.end(),
                        [&](node_id other) { return rack(other) == rack(id); });
  };
  const auto found = std::find_if(from.begin(), from.end(), is_elsewhere);
  return found == from.end() ? from.front() : *found;
}

void turn(std::vector<node_id>& list, std::size_t by) {
  if (!list.empty())
    std::rotate(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(by % list.size()), list.end());
}

/// Precondition: there are as many live brokers.
void grow(decision& d, const topic_image& topic, partition_id id, std::size_t factor) {
  const auto index = static_cast<std::size_t>(id.value);
  const auto& partition = *topic.partition(id);
  partition_target to(partition);
  auto stay = without(to.replicas, to.removing);
  while (stay.size() < factor) {
    auto others = without(live_brokers(d.state), to.replicas);
    if (others.empty()) break;
    turn(others, index);
    const auto added = choose(d.state, others, stay);
    stay.push_back(added);
    to.replicas.push_back(added);
    to.adding.push_back(added);
    to.directories[added] = default_directory(d.state, added);
  }
  turn(stay, index);
  to.replicas = stay;
  to.replicas.insert(to.replicas.end(), to.removing.begin(), to.removing.end());
  update_partition(d, topic, id, std::move(to), rules_for(d, topic, partition));
}

}  // namespace

std::int64_t internal_factor(std::string_view name, const decision& d) {
  const auto live = std::ssize(live_brokers(d.state));
  return std::clamp<std::int64_t>(live, 1, d.configs.broker_number(factor_key(name)));
}

void grow_internal_topics(decision& d) {
  for_each_partition(d.state, [&](const topic_image& topic, partition_id id, const partition_image& p) {
    if (!is_internal_topic(topic.name)) return;
    const auto factor = static_cast<std::size_t>(internal_factor(topic.name, d));
    if (without(p.replicas, p.removing).size() < factor) grow(d, topic, id, factor);
  });
}

}  // namespace klamm::broker::meta
