#include "client/group_protocol.hpp"

#include <algorithm>
#include <map>

#include "wire/messages/consumer_protocol_assignment.hpp"
#include "wire/messages/consumer_protocol_subscription.hpp"
#include "wire/versioned.hpp"

namespace klamm::client {
namespace {

constexpr api_version subscription_version = 3;
constexpr api_version assignment_version = 1;

template <class List>
void put_by_topic(List& to, std::span<const topic_partition> partitions) {
  std::map<std::string_view, std::vector<partition_id>> by_topic;
  for (const auto& at : partitions) by_topic[at.topic].push_back(at.partition);
  for (auto& [topic, list] : by_topic) {
    auto& t = to.emplace_back();
    t.topic = topic;
    t.partitions = std::move(list);
  }
}

std::vector<topic_partition> from_topics(const auto& topics) {
  std::vector<topic_partition> out;
  for (const auto& t : topics)
    for (const auto p : t.partitions) out.push_back({std::string(t.topic), p});
  return out;
}

}  // namespace

std::vector<std::byte> encode_subscription(const member_subscription& member) {
  wire::consumer_protocol_subscription message;
  auto topics = member.topics;
  std::ranges::sort(topics);
  message.topics.assign(topics.begin(), topics.end());
  if (member.user_data) message.user_data = wire::bytes_ref(bytes_view(*member.user_data));
  put_by_topic(message.owned_partitions, member.owned);
  message.generation_id = member.generation;
  if (!member.rack.empty()) message.rack_id = member.rack;
  return wire::encode_versioned(message, subscription_version);
}

std::optional<member_subscription> decode_subscription(bytes_view bytes) {
  wire::consumer_protocol_subscription message;
  if (!wire::decode_versioned(bytes, message, wire::newer_version::read_as_newest)) return std::nullopt;
  member_subscription out{.id = {}};
  out.topics.assign(message.topics.begin(), message.topics.end());
  if (message.user_data) out.user_data.emplace(message.user_data->begin(), message.user_data->end());
  out.owned = from_topics(message.owned_partitions);
  out.generation = message.generation_id;
  out.rack = message.rack_id.value_or("");
  return out;
}

std::vector<std::byte> encode_assignment(std::span<const topic_partition> partitions) {
  wire::consumer_protocol_assignment message;
  put_by_topic(message.assigned_partitions, partitions);
  return wire::encode_versioned(message, assignment_version);
}

std::optional<std::vector<topic_partition>> decode_assignment(bytes_view bytes) {
  if (bytes.empty()) return std::vector<topic_partition>{};
  wire::consumer_protocol_assignment message;
  if (!wire::decode_versioned(bytes, message, wire::newer_version::read_as_newest)) return std::nullopt;
  return from_topics(message.assigned_partitions);
}

}  // namespace klamm::client
