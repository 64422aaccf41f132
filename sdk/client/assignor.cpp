#include "client/assignor.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "client/assignor_user_data.hpp"

namespace klamm::client {
namespace {

std::optional<std::vector<std::byte>> no_user_data(std::span<const topic_partition>, generation_id) {
  return std::nullopt;
}

constexpr std::array assignors{
    assignor{"range", assign_range, false, no_user_data},
    assignor{"roundrobin", assign_round_robin, false, no_user_data},
    assignor{"sticky", assign_sticky, false, sticky_user_data},
    assignor{"cooperative-sticky", assign_cooperative_sticky, true, cooperative_user_data},
};

bool subscribes(const member_subscription& member, std::string_view topic) {
  return std::ranges::find(member.topics, topic) != member.topics.end();
}

}  // namespace

const assignor* find_assignor(std::string_view name) {
  const auto at = std::ranges::find(assignors, name, &assignor::name);
  return at != assignors.end() ? &*at : nullptr;
}

bool takes_before(const member_subscription& a, const member_subscription& b) {
  if (a.instance_id && b.instance_id) return *a.instance_id < *b.instance_id;
  if (a.instance_id || b.instance_id) return a.instance_id.has_value();
  return a.id < b.id;
}

group_assignment assign_round_robin(std::span<const assignable_topic> topics,
                                    std::span<const member_subscription> members) {
  group_assignment out;
  std::vector<const member_subscription*> circle;
  std::set<std::string_view> wanted;
  for (const auto& member : members) {
    out[member.id];
    circle.push_back(&member);
    wanted.insert(member.topics.begin(), member.topics.end());
  }
  std::ranges::sort(circle, [](auto* a, auto* b) { return takes_before(*a, *b); });

  std::map<std::string_view, std::size_t> partitions;
  for (const auto& topic : topics)
    if (wanted.contains(topic.name)) partitions[topic.name] = topic.replica_racks.size();

  std::size_t turn = 0;
  for (const auto& [topic, count] : partitions) {
    for (std::size_t p = 0; p < count; ++p) {
      while (!subscribes(*circle[turn], topic)) turn = (turn + 1) % circle.size();
      out[circle[turn]->id].push_back({std::string(topic), partition_id(static_cast<std::int32_t>(p))});
      turn = (turn + 1) % circle.size();
    }
  }
  return out;
}

}  // namespace klamm::client
