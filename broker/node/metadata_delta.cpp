#include "broker/node/metadata_delta.hpp"

#include <algorithm>

#include "broker/node/topic_settings.hpp"

namespace klamm::broker::node {
namespace {

bool has(const meta::partition_image& partition, node_id self) {
  return std::find(partition.replicas.begin(), partition.replicas.end(), self) != partition.replicas.end();
}

void add_wanted(const meta::topic_image& topic, const replica::settings_ptr& settings, node_id self,
                metadata_delta& to) {
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const auto& p = topic.partitions[i];
    if (!has(p, self)) continue;
    to.wanted.push_back({{topic.name, partition_id(static_cast<std::int32_t>(i))},
                         topic.id,
                         {p.leader_epoch, p.leader, p.replicas, p.isr, p.partition_epoch,
                          static_cast<replica::leader_recovery>(p.leader_recovery_state), p.adding,
                          p.removing, p.eligible_leaders},
                         settings});
  }
}

void add_unwanted(const meta::topic_image& topic, const meta::topic_image* now, node_id self,
                  metadata_delta& to) {
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const partition_id id(static_cast<std::int32_t>(i));
    const auto* const still = now ? now->partition(id) : nullptr;
    if (has(topic.partitions[i], self) && (!still || !has(*still, self)))
      to.unwanted.push_back({topic.name, id});
  }
}

}  // namespace

metadata_delta difference(const meta::image& before, const meta::image& after, const meta::config_map& own,
                          node_id self) {
  metadata_delta delta;
  const bool other_configs = before.configs != after.configs;
  if (before.topics == after.topics && !other_configs) return delta;
  for (const auto& [name, topic] : before.topics->by_name) {
    const auto now = after.topics->find(name);
    if (!now || now->id != topic->id) delta.deleted.insert(name);
    if (now != topic) add_unwanted(*topic, now && now->id == topic->id ? now.get() : nullptr, self, delta);
  }
  const meta::config_view configs(after, own, self);
  for (const auto& [name, topic] : after.topics->by_name) {
    if (!other_configs && before.topics->find(name) == topic) continue;
    add_wanted(*topic, settings_of(configs, name, self), self, delta);
  }
  return delta;
}

}  // namespace klamm::broker::node
