#include "broker/meta/partition_decisions.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "broker/meta/broker_control.hpp"
#include "broker/meta/node_list.hpp"
#include "broker/meta/partition_change.hpp"
#include "broker/meta/partition_updates.hpp"

namespace klamm::broker::meta {
namespace {

using altered_topic = decltype(wire::alter_partition_request::topics)::value_type;
using altered_partition = decltype(altered_topic::partitions)::value_type;
using alteration_answer =
    decltype(decltype(wire::alter_partition_response::topics)::value_type::partitions)::value_type;

constexpr std::int8_t preferred_election = 0, unclean_election = 1;
constexpr std::int64_t any_epoch = -1;

struct isr_member {
  node_id id;
  std::int64_t epoch = any_epoch;
};

/// Version 2 names members without their epochs.
std::vector<isr_member> members_of(const altered_partition& wanted) {
  std::vector<isr_member> members;
  members.reserve(std::max(wanted.new_isr_with_epochs.size(), wanted.new_isr.size()));
  for (const auto& member : wanted.new_isr_with_epochs)
    members.push_back({member.broker_id, member.broker_epoch});
  if (members.empty())
    for (const auto id : wanted.new_isr) members.push_back({id});
  return members;
}

bool may_join(const isr_member& member, const image& state) {
  const auto* const broker = state.broker(member.id);
  return broker && broker->alive() && (member.epoch == any_epoch || member.epoch == broker->epoch);
}

bool is_valid_isr(const std::vector<isr_member>& members, const partition_image& now) {
  std::set<node_id> seen;
  for (const auto& member : members)
    if (!holds(now.replicas, member.id) || !seen.insert(member.id).second) return false;
  return seen.contains(now.leader);
}

error_code check_alteration(node_id asking, const altered_partition& wanted,
                            const std::vector<isr_member>& members, const partition_image& now,
                            const decision& d) {
  if (wanted.leader_epoch > now.leader_epoch || wanted.partition_epoch > now.partition_epoch)
    return error_code::not_controller;
  if (wanted.leader_epoch < now.leader_epoch && !fires(d.faults, "meta.skip_leader_epoch"))
    return error_code::fenced_leader_epoch;
  if (asking != now.leader) return error_code::invalid_request;
  if (wanted.partition_epoch < now.partition_epoch && !fires(d.faults, "meta.skip_partition_epoch"))
    return error_code::invalid_update_version;
  if (!is_valid_isr(members, now)) return error_code::invalid_request;
  const auto state_wanted = wanted.leader_recovery_state;
  if (state_wanted != recovered && state_wanted != recovering) return error_code::invalid_request;
  if (state_wanted == recovering && (members.size() > 1 || now.leader_recovery_state == recovered))
    return error_code::invalid_request;
  const bool all_may =
      std::all_of(members.begin(), members.end(), [&](const isr_member& m) { return may_join(m, d.state); });
  return all_may || fires(d.faults, "meta.join_fenced") ? error_code::none : error_code::ineligible_replica;
}

void describe(const partition_image& now, alteration_answer& to) {
  to.leader_id = now.leader;
  to.leader_epoch = now.leader_epoch;
  to.isr = now.isr;
  to.leader_recovery_state = now.leader_recovery_state;
  to.partition_epoch = now.partition_epoch;
}

void alter_one(node_id asking, const topic_image& topic, const altered_partition& wanted,
               alteration_answer& to, decision& d) {
  const auto* const now = topic.partition(wanted.partition_index);
  if (!now) {
    to.error_code = error_code::unknown_topic_or_partition;
    return;
  }
  const auto members = members_of(wanted);
  to.error_code = check_alteration(asking, wanted, members, *now, d);
  if (to.error_code != error_code::none) return;
  partition_target target(*now);
  target.isr.clear();
  for (const auto& member : members) target.isr.push_back(member.id);
  target.leader_recovery_state = wanted.leader_recovery_state;
  const auto change =
      change_partition(*now, std::move(target), rules_for(d, topic, *now), topic.id, wanted.partition_index);
  auto then = *now;
  if (change) {
    apply_change(then, *change);
    d.records.emplace_back(*change);
    if (change->leader != leader_unchanged && change->leader != asking) {
      to.error_code = error_code::new_leader_elected;
      return;
    }
  }
  describe(then, to);
}

result<void> elect_one(const topic_image& topic, partition_id id, std::int8_t type, decision& d) {
  const auto* const partition = topic.partition(id);
  if (!partition)
    return error(error_code::unknown_topic_or_partition,
                 fmt::format("No such partition as {}-{}", topic.name, id.value));
  const bool preferred = type == preferred_election;
  if (preferred ? partition->leader == partition->replicas.front() : partition->leader != no_leader)
    return {error_code::election_not_needed};
  auto rules = rules_for(d, topic, *partition);
  rules.how = preferred ? election::preferred : election::unclean;
  if (update_partition(d, topic, id, partition_target(*partition), rules)) return {};
  return {preferred ? error_code::preferred_leader_not_available
                    : error_code::eligible_leaders_not_available};
}

using elected_partitions =
    decltype(decltype(wire::elect_leaders_response::replica_election_results)::value_type::partition_result);

void add_election(const result<void>& elected, partition_id id, elected_partitions& to, decision& d) {
  auto& answer = to.emplace_back();
  answer.partition_id = id;
  if (elected) return;
  auto why = elected.failure();
  if (why.message.empty()) why.message = describe(why.code);
  d.refuse(answer, std::move(why));
}

/// Of each partition; where nothing is to be done nothing is said.
void elect_everywhere(std::int8_t type, wire::elect_leaders_response& response, decision& d) {
  for (const auto& [name, topic] : d.state.topics->by_name) {
    auto& to = response.replica_election_results.emplace_back();
    to.topic = d.texts->keep(name);
    for (std::int32_t i = 0; i < std::ssize(topic->partitions); ++i)
      if (const auto elected = elect_one(*topic, partition_id(i), type, d);
          elected.code() != error_code::election_not_needed)
        add_election(elected, partition_id(i), to.partition_result, d);
  }
}

struct preferred_count {
  std::int64_t all = 0, elsewhere = 0;
};

std::map<node_id, preferred_count> count_preferred(const image& state) {
  std::map<node_id, preferred_count> counts;
  for_each_partition(state, [&](const topic_image&, partition_id, const partition_image& p) {
    auto& count = counts[p.replicas.front()];
    ++count.all;
    if (p.leader != p.replicas.front()) ++count.elsewhere;
  });
  return counts;
}

}  // namespace

wire::alter_partition_response alter_partition(const wire::alter_partition_request& request, decision& d) {
  wire::alter_partition_response response;
  response.error_code = check_broker_epoch(d.state, request.broker_id, request.broker_epoch).code();
  if (response.error_code != error_code::none) return response;
  for (const auto& asked : request.topics) {
    auto& to = response.topics.emplace_back();
    to.topic_id = asked.topic_id;
    const auto topic = d.state.topics->find(asked.topic_id);
    for (const auto& partition : asked.partitions) {
      auto& answer = to.partitions.emplace_back();
      answer.partition_index = partition.partition_index;
      if (topic)
        alter_one(request.broker_id, *topic, partition, answer, d);
      else
        answer.error_code = error_code::unknown_topic_id;
    }
  }
  return response;
}

wire::elect_leaders_response elect_leaders(const wire::elect_leaders_request& request, decision& d) {
  wire::elect_leaders_response response;
  if (request.election_type != preferred_election && request.election_type != unclean_election) {
    response.error_code = error_code::invalid_request;
    return response;
  }
  if (!request.topic_partitions) {
    elect_everywhere(request.election_type, response, d);
    return response;
  }
  for (const auto& asked : *request.topic_partitions) {
    auto& to = response.replica_election_results.emplace_back();
    to.topic = asked.topic;
    const auto topic = d.state.topics->find(asked.topic);
    for (const auto id : asked.partitions)
      add_election(topic ? elect_one(*topic, id, request.election_type, d)
                         : result<void>(error(error_code::unknown_topic_or_partition,
                                              fmt::format("No such topic as {}", asked.topic))),
                   id, to.partition_result, d);
  }
  return response;
}

void elect_unclean_leaders(decision& d) {
  for_each_partition(d.state, [&](const topic_image& topic, partition_id id, const partition_image& p) {
    if (p.leader != no_leader) return;
    const auto rules = rules_for(d, topic, p);
    if (rules.how == election::unclean) update_partition(d, topic, id, partition_target(p), rules);
  });
}

void balance_leaders(decision& d) {
  constexpr std::size_t most_at_once = 1000;
  const auto counts = count_preferred(d.state);
  const auto allowed = d.configs.broker_number("leader.imbalance.per.broker.percentage");
  for_each_partition(d.state, [&](const topic_image& topic, partition_id id, const partition_image& p) {
    if (d.records.size() >= most_at_once) return;
    const auto preferred = p.replicas.front();
    const auto& count = counts.at(preferred);
    if (p.leader == preferred || count.elsewhere * 100 <= count.all * allowed || !holds(p.isr, preferred))
      return;
    auto rules = rules_for(d, topic, p);
    rules.how = election::preferred;
    if (holds(rules.may_lead, preferred)) update_partition(d, topic, id, partition_target(p), rules);
  });
}

}  // namespace klamm::broker::meta
