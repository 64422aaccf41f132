#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

constexpr api_version first_with_groups = 8;
constexpr api_version first_with_topic_ids = 10;

using group_mention = wire::offset_fetch_request::offset_fetch_request_group;

/// One group's part, whatever the version: what it asks for, and the answer in the form of version 8. However often a group or
/// a partition is named, it is answered once: metadata of 4 KiB must not come for every four bytes that ask for it.
struct asked_group {
  std::string_view id;
  std::vector<const group_mention*> mentions;  // none: versions below 8
  wire::offset_fetch_response::offset_fetch_response_group answer;
  std::set<std::tuple<std::string_view, uuid, partition_id>> answered;
  /// What the answer views of the coordinator's state, which goes on while other groups are waited for.
  std::deque<std::string> texts;

  std::string_view keep(std::string_view text) { return text.empty() ? text : texts.emplace_back(text); }
};

struct operation {
  const wire::offset_fetch_request& request;
  api_version version;
  services& node;
  reply<wire::offset_fetch_response> answer;
  std::vector<asked_group> groups;
  std::size_t open = 1;

  void finish_one();
};
using operation_ptr = std::shared_ptr<operation>;

using topic_answer = wire::offset_fetch_response::offset_fetch_response_topics;

void put(const group::committed_offset* committed, partition_id id, asked_group& group, topic_answer& to) {
  auto& p = to.partitions.emplace_back();
  p.partition_index = id;
  p.committed_offset = committed ? committed->next : offset(-1);
  if (!committed) return;
  p.committed_leader_epoch = committed->leader_epoch;
  p.metadata = group.keep(committed->metadata);
}

void fill_all(const operation& op, const group::group_coordinator& from, asked_group& group) {
  for (const auto& [name, partitions] : from.offsets().of(group.id)) {
    const auto topic = op.node.metadata->topics->find(name);
    if (op.version >= first_with_topic_ids && !topic) continue;
    auto& to = group.answer.topics.emplace_back();
    to.name = group.keep(name);
    if (topic) to.topic_id = topic->id;
    for (const auto& [id, committed] : partitions) put(&committed, id, group, to);
  }
}

void fill(const operation& op, const group::group_coordinator& from, asked_group& group,
          std::string_view name, const uuid& id, const std::vector<partition_id>& partitions) {
  auto& to = group.answer.topics.emplace_back();
  to.name = name;
  to.topic_id = id;
  const auto asked_name = name;
  const auto topic = op.version >= first_with_topic_ids ? op.node.metadata->topics->find(id) : nullptr;
  if (topic) name = topic->name;
  for (const auto partition : partitions) {
    if (!group.answered.emplace(asked_name, id, partition).second) continue;
    if (op.version >= first_with_topic_ids && !topic) {
      put(nullptr, partition, group, to);
      to.partitions.back().error_code = error_code::unknown_topic_id;
    } else if (op.request.require_stable &&
               from.offsets().pending(group.id, {std::string(name), partition})) {
      put(nullptr, partition, group, to);
      to.partitions.back().error_code = error_code::unstable_offset_commit;
    } else {
      put(from.offsets().find(group.id, name, partition), partition, group, to);
    }
  }
  if (to.partitions.empty() && !partitions.empty()) group.answer.topics.pop_back();
}

void answer_group(const operation& op, const group::group_coordinator& from, asked_group& group) {
  const bool all =
      group.mentions.empty()
          ? !op.request.topics
          : std::ranges::any_of(group.mentions, [](const auto* mention) { return !mention->topics; });
  if (all) return fill_all(op, from, group);
  const auto each = [&](const auto& topics) {
    for (const auto& topic : topics) {
      if constexpr (requires { topic.topic_id; })
        fill(op, from, group, topic.name, topic.topic_id, topic.partition_indexes);
      else
        fill(op, from, group, topic.name, uuid{}, topic.partition_indexes);
    }
  };
  if (group.mentions.empty()) each(*op.request.topics);
  for (const auto* const mention : group.mentions) each(*mention->topics);
}

void operation::finish_one() {
  if (--open > 0) return;
  wire::offset_fetch_response response;
  if (version >= first_with_groups) {
    for (auto& group : groups) response.groups.push_back(std::move(group.answer));
    return answer(response);
  }
  response.error_code = groups.front().answer.error_code;
  for (const auto& topic : groups.front().answer.topics) {
    auto& to = response.topics.emplace_back();
    to.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& p = to.partitions.emplace_back();
      p.partition_index = partition.partition_index;
      p.committed_offset = partition.committed_offset;
      p.committed_leader_epoch = partition.committed_leader_epoch;
      p.metadata = partition.metadata;
      p.error_code = partition.error_code;
    }
  }
  answer(response);
}

std::vector<asked_group> groups_of(const wire::offset_fetch_request& request, api_version version) {
  std::vector<asked_group> groups;
  if (version < first_with_groups) {
    groups.emplace_back().id = request.group_id;
    return groups;
  }
  std::map<std::string_view, std::size_t> places;
  for (const auto& mention : request.groups) {
    const auto [place, is_new] = places.try_emplace(mention.group_id, groups.size());
    if (is_new) groups.emplace_back().id = mention.group_id;
    groups[place->second].mentions.push_back(&mention);
  }
  return groups;
}

void start(const operation_ptr& op, asked_group& group) {
  group.answer.group_id = group.id;
  const auto coordinator = op->node.groups.coordinator_of(group.id);
  if (!coordinator) {
    group.answer.error_code = coordinator.code();
    return;
  }
  ++op->open;
  (*coordinator)->when_readable(group.id, [op, &group, from = *coordinator](error_code failure) {
    group.answer.error_code = failure;
    if (failure == error_code::none) answer_group(*op, *from, group);
    op->finish_one();
  });
}

}  // namespace

void offset_fetch(const wire::offset_fetch_request& request, const caller& from, services& node,
                  reply<wire::offset_fetch_response> answer) {
  const auto op = std::make_shared<operation>(
      operation{request, from.version, node, std::move(answer), groups_of(request, from.version)});
  for (auto& group : op->groups) start(op, group);
  op->finish_one();
}

}  // namespace klamm::broker::api
