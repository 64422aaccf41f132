// Range: each topic's partitions in numeric order, cut into one stretch per member; the first members get one more where it does
// not divide. With racks (KIP-881) members first get partitions that have a replica in their rack, as far as the counts
// stay the same; topics with equal members and equal partition counts stay co-partitioned.
#include <algorithm>
#include <set>

#include "client/assignor.hpp"

namespace klamm::client {
namespace {

using rack_set = std::set<std::string_view>;

/// One topic while its partitions are given out.
struct topic_state {
  std::string_view name;
  std::vector<const member_subscription*> members{};  // in order
  std::vector<rack_set> racks{};                      // by partition
  std::vector<bool> given{};                          // by partition
  std::vector<std::size_t> assigned{};                // by member
  std::size_t share = 0, extra = 0;
  bool by_rack = false;

  std::size_t room(std::size_t member) const {
    const auto most = share + (extra > 0 ? 1 : 0);
    return most > assigned[member] ? most - assigned[member] : 0;
  }
  bool racks_match(std::size_t member, std::size_t partition) const {
    return members[member]->rack.empty() || racks[partition].contains(members[member]->rack);
  }
  void give(std::size_t member, const std::vector<std::size_t>& partitions, group_assignment& out) {
    for (const auto p : partitions) {
      given[p] = true;
      out[members[member]->id].push_back({std::string(name), partition_id(static_cast<std::int32_t>(p))});
    }
    assigned[member] += partitions.size();
    if (assigned[member] > share) --extra;
  }
};

/// Racks matter where members have some, and replicas are not in all of them alike.
bool racks_matter(const topic_state& topic) {
  rack_set of_members, of_partitions;
  for (const auto* member : topic.members)
    if (!member->rack.empty()) of_members.insert(member->rack);
  for (const auto& racks : topic.racks) of_partitions.insert(racks.begin(), racks.end());
  const bool meet =
      std::ranges::any_of(of_members, [&](const auto& rack) { return of_partitions.contains(rack); });
  return meet && !std::ranges::all_of(topic.racks, [&](const auto& racks) { return racks == of_partitions; });
}

topic_state make_state(const assignable_topic& topic, std::span<const member_subscription> members) {
  topic_state out{.name = topic.name};
  for (const auto& member : members)
    if (std::ranges::find(member.topics, topic.name) != member.topics.end()) out.members.push_back(&member);
  std::ranges::sort(out.members, [](auto* a, auto* b) { return takes_before(*a, *b); });
  for (const auto& racks : topic.replica_racks) out.racks.emplace_back(racks.begin(), racks.end());
  const auto partitions = out.racks.size();
  out.given.resize(partitions);
  out.assigned.resize(out.members.size());
  if (out.members.empty()) return out;
  out.share = partitions / out.members.size();
  out.extra = partitions % out.members.size();
  out.by_rack = racks_matter(out);
  return out;
}

void give_ranges(topic_state& topic, bool matching_only, group_assignment& out) {
  for (std::size_t m = 0; m < topic.members.size(); ++m) {
    std::vector<std::size_t> taken;
    const auto room = topic.room(m);
    for (std::size_t p = 0; p < topic.racks.size() && taken.size() < room; ++p)
      if (!topic.given[p] && (!matching_only || topic.racks_match(m, p))) taken.push_back(p);
    if (!taken.empty()) topic.give(m, taken, out);
  }
}

/// Topics with the same members and partition count: partition p of all of them goes to one member.
void give_together(std::span<topic_state*> topics, group_assignment& out) {
  const auto partitions = topics[0]->racks.size();
  const auto members = topics[0]->members.size();
  const auto has_room = [](std::size_t m) { return [m](const topic_state* t) { return t->room(m) > 0; }; };
  std::vector<bool> full(members);
  for (std::size_t p = 0; p < partitions; ++p) {
    std::size_t m = 0;
    const auto fits = [&](const topic_state* t) { return t->racks_match(m, p) && t->room(m) > 0; };
    while (m < members && (full[m] || !std::ranges::all_of(topics, fits))) ++m;
    if (m == members) continue;
    for (auto* topic : topics) topic->give(m, {p}, out);
    full[m] = std::ranges::none_of(topics, has_room(m));
  }
}

void give_by_rack(std::vector<topic_state>& topics, group_assignment& out) {
  std::vector<std::vector<topic_state*>> groups;
  for (auto& topic : topics) {
    const auto alike = std::ranges::find_if(groups, [&](const auto& group) {
      return group[0]->members == topic.members && group[0]->racks.size() == topic.racks.size();
    });
    if (alike != groups.end())
      alike->push_back(&topic);
    else
      groups.push_back({&topic});
  }
  for (auto& group : groups) {
    if (group.size() > 1)
      give_together(group, out);
    else if (group[0]->by_rack)
      give_ranges(*group[0], true, out);
  }
}

}  // namespace

group_assignment assign_range(std::span<const assignable_topic> topics,
                              std::span<const member_subscription> members) {
  group_assignment out;
  for (const auto& member : members) out[member.id];
  std::vector<topic_state> states;
  for (const auto& topic : topics)
    if (!topic.replica_racks.empty()) states.push_back(make_state(topic, members));
  if (std::ranges::any_of(states, &topic_state::by_rack)) give_by_rack(states, out);
  for (auto& topic : states) give_ranges(topic, false, out);
  for (auto& [member, partitions] : out) std::ranges::sort(partitions);
  return out;
}

}  // namespace klamm::client
