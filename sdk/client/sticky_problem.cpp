#include "client/sticky_problem.hpp"

#include <algorithm>

namespace klamm::client {
namespace {

std::set<std::string_view> names(const member_subscription& member) {
  return {member.topics.begin(), member.topics.end()};
}

bool has_rack(const assignable_topic& topic, std::size_t partition, std::string_view rack) {
  return std::ranges::find(topic.replica_racks[partition], rack) != topic.replica_racks[partition].end();
}

}  // namespace

sticky_problem::sticky_problem(std::span<const assignable_topic> all_topics,
                               std::span<const member_subscription> all_members, read_claim claim_of) {
  index(all_topics, all_members);
  for (const auto* m : members) {
    claims.push_back(claim_of(*m));
    max_generation = std::max(max_generation, claims.back().generation);
  }
  settle_claims();
  weigh_racks();
}

void sticky_problem::index(std::span<const assignable_topic> all_topics,
                           std::span<const member_subscription> all_members) {
  for (const auto& m : all_members) members.push_back(&m);
  std::ranges::sort(members, {}, &member_subscription::id);
  std::set<std::string_view> wanted;
  for (const auto* m : members) wanted.merge(names(*m));
  for (const auto& t : all_topics)
    if (wanted.contains(t.name) && !t.replica_racks.empty()) topics.push_back(&t);
  std::ranges::sort(topics, {}, &assignable_topic::name);

  for (topic t = 0; t < topics.size(); ++t) {
    first_slot.push_back(topic_of.size());
    topic_of.resize(topic_of.size() + topics[t]->replica_racks.size(), t);
  }
  first_slot.push_back(topic_of.size());

  subscribed.resize(members.size());
  subscribers.resize(topics.size());
  for (member m = 0; m < members.size(); ++m) {
    const auto wants = names(*members[m]);
    equal_subscriptions = equal_subscriptions && wants == names(*members[0]);
    for (topic t = 0; t < topics.size(); ++t) {
      if (!wants.contains(topics[t]->name)) continue;
      subscribed[m].insert(t);
      subscribers[t].push_back(m);
    }
  }
}

void sticky_problem::settle_claims() {
  owned.resize(members.size());
  std::vector<member> owner(slots(), nobody);
  for (member m = 0; m < members.size(); ++m) {
    for (const auto& at : claims[m].partitions) {
      const auto s = find(at);
      if (!s) continue;
      const auto other = owner[*s];
      if (other != nobody && claims[m].generation < members[other]->generation.value) continue;
      owner[*s] = m;
      if (other != nobody) std::erase(owned[other], *s);
      if (other != nobody && claims[m].generation == members[other]->generation.value)
        claimed_twice.insert(*s);
      else
        owned[m].push_back(*s);
    }
  }
}

void sticky_problem::weigh_racks() {
  std::map<std::string_view, std::size_t> in_rack;
  for (const auto* m : members)
    if (!m->rack.empty()) ++in_rack[m->rack];
  if (in_rack.empty()) return;
  std::set<std::string_view> everywhere;
  std::vector<std::set<std::string_view>> of_slot;
  for (const auto* t : topics) {
    for (const auto& replicas : t->replica_racks) {
      of_slot.emplace_back(replicas.begin(), replicas.end());
      everywhere.insert(replicas.begin(), replicas.end());
    }
  }
  const bool meet = std::ranges::any_of(in_rack, [&](const auto& r) { return everywhere.contains(r.first); });
  by_rack = meet && !std::ranges::all_of(of_slot, [&](const auto& racks) { return racks == everywhere; });
  for (const auto& racks : of_slot) {
    std::size_t count = 0;
    for (const auto rack : racks)
      if (const auto at = in_rack.find(rack); at != in_rack.end()) count += at->second;
    members_in_racks.push_back(count);
  }
}

std::optional<sticky_problem::slot> sticky_problem::find(const topic_partition& at) const {
  const auto t = std::ranges::lower_bound(topics, at.topic, {}, &assignable_topic::name);
  if (t == topics.end() || (*t)->name != at.topic || at.partition.value < 0) return std::nullopt;
  const auto partition = static_cast<std::size_t>(at.partition.value);
  if (partition >= (*t)->replica_racks.size()) return std::nullopt;
  return first_slot[static_cast<std::size_t>(t - topics.begin())] + partition;
}

topic_partition sticky_problem::name(slot s) const {
  const auto t = topic_of[s];
  return {topics[t]->name, partition_id(static_cast<std::int32_t>(s - first_slot[t]))};
}

bool sticky_problem::rack_matches(member m, slot s) const {
  if (!by_rack || members[m]->rack.empty()) return false;
  return has_rack(*topics[topic_of[s]], s - first_slot[topic_of[s]], members[m]->rack);
}

bool sticky_problem::rack_mismatch(member m, slot s) const {
  return by_rack && !members[m]->rack.empty() && !rack_matches(m, s);
}

group_assignment sticky_problem::named(const std::vector<std::vector<slot>>& by_member) const {
  group_assignment out;
  for (member m = 0; m < members.size(); ++m) {
    auto slots = by_member[m];
    std::ranges::sort(slots);
    auto& mine = out[members[m]->id];
    for (const auto s : slots) mine.push_back(name(s));
  }
  return out;
}

}  // namespace klamm::client
