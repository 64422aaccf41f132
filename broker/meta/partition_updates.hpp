// Changes of partitions as decisions make them: on the image's state, with its configuration.
#pragma once

#include <span>

#include "broker/meta/decision.hpp"
#include "broker/meta/partition_change.hpp"

namespace klamm::broker::meta {

/// What a broker's coming or going does to the partitions that have it. While it is decided the image still says otherwise.
struct broker_move {
  node_id leaves = no_leader;                   // the ISR; it may lead nothing
  node_id comes = no_leader;                    // it may lead, though it is fenced yet
  node_id was_shut_down_uncleanly = no_leader;  // leaves ISR and ELR: it may have lost what it had
  std::span<const uuid> directories{};          // empty: it leaves with all; else with what lies in these
};

/// The rules for one partition, as the brokers are (and `move` has them), and an election as its topic allows one.
partition_rules rules_for(const decision& d, const topic_image& topic, const partition_image& partition,
                          const broker_move& move = {});

/// Decides the change; whether there is any.
bool update_partition(decision& d, const topic_image& topic, partition_id id, partition_target to,
                      const partition_rules& rules);

/// Moves leaderships and memberships of every partition that has `leaves` or `was_shut_down_uncleanly` in its ISR or ELR, and
/// elects `comes` where there is no leader.
void move_broker(decision& d, const broker_move& move);

bool eligible_leaders_are_on(const image& state);

/// Calls `visit(topic, id, partition)` for every partition, in the order of names and numbers.
template <class Visit>
void for_each_partition(const image& state, Visit visit) {
  for (const auto& [name, topic] : state.topics->by_name)
    for (std::size_t i = 0; i < topic->partitions.size(); ++i)
      visit(*topic, partition_id(static_cast<std::int32_t>(i)), topic->partitions[i]);
}

}  // namespace klamm::broker::meta
