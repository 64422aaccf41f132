// Commits, reads, and the end of offsets and groups.
#include <algorithm>
#include <utility>

#include "broker/group/group_coordinator.hpp"
#include "broker/group/group_records.hpp"

namespace klamm::broker::group {

void group_coordinator::commit(const offset_commit_command& command, each_reply reply, instant now) {
  std::vector<error_code> outcomes(command.offsets.size(), check_commit(command, now));
  std::vector<coordinator::new_record> records;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& each = command.offsets[i];
    if (outcomes[i] != error_code::none) continue;
    if (each.metadata.size() > options_.max_metadata_bytes) {
      outcomes[i] = error_code::offset_metadata_too_large;
      continue;
    }
    committed_offset offset;
    offset.next = each.next;
    offset.leader_epoch = each.leader_epoch;
    offset.metadata = each.metadata;
    offset.committed_at = now.wall;
    if (command.retention) offset.expires_at = now.wall + command.retention->count();
    records.push_back(offset_record(command.group, each.at, offset));
  }
  if (records.empty()) return reply(outcomes);
  append(
      records,
      [reply = std::move(reply), outcomes](error_code outcome) mutable {
        for (auto& each : outcomes)
          if (each == error_code::none) each = outcome;
        reply(outcomes);
      },
      now);
}

error_code group_coordinator::check_commit(const offset_commit_command& command, instant now) {
  if (phase_ != error_code::none) return phase_;
  auto* group = find(command.group);
  if (!group) {
    // Only a consumer that assigns its own partitions, or an admin client, commits for a group that has no members.
    if (command.generation >= generation_id(0)) return error_code::illegal_generation;
    find_or_make(command.group, now);
    return error_code::none;
  }
  const auto why = group->check_commit(command.member_id, command.instance_id, command.generation, now);
  reschedule(*group);
  const bool fenced = why == error_code::illegal_generation || why == error_code::unknown_member_id;
  return fenced && fires(faults_, "group.accept_fenced_commit") ? error_code::none : why;
}

void group_coordinator::when_readable(std::string_view group, group_reply then) {
  if (const auto why = phase_; why != error_code::none) return then(why);
  const auto found = logs_.find(group);
  commits_.after(found == logs_.end() ? offset(0) : found->second.touched, std::move(then));
}

void group_coordinator::delete_offsets(std::string_view id, const std::vector<topic_partition>& of,
                                       group_and_each_reply reply, instant now) {
  if (const auto why = refuse(id); why != error_code::none) return reply(why, {});
  const auto* group = find(id);
  if (!group) return reply(error_code::group_id_not_found, {});
  const bool subscriptions_known = group->members().empty() || group->protocol_type() == "consumer";
  if (!subscriptions_known) return reply(error_code::non_empty_group, {});
  const auto subscribed = group->subscribed_topics();
  std::vector<error_code> outcomes(of.size(), error_code::none);
  std::vector<coordinator::new_record> records;
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (subscribed.contains(of[i].topic)) {
      outcomes[i] = error_code::group_subscribed_to_topic;
    } else if (offsets_.find(id, of[i].topic, of[i].partition)) {
      records.push_back(offset_tombstone(id, of[i]));
    }
  }
  if (records.empty()) return reply(error_code::none, outcomes);
  append(
      records, [reply = std::move(reply), outcomes](error_code outcome) mutable { reply(outcome, outcomes); },
      now);
}

void group_coordinator::delete_group(std::string_view id, group_reply reply, instant now) {
  if (phase_ != error_code::none) return reply(phase_);
  auto* group = find(id);
  if (!group) return reply(error_code::group_id_not_found);
  if (group->state() != group_state::empty) return reply(error_code::non_empty_group);
  const auto records = forget_group(id);
  if (!records.empty()) {
    const auto end = append_in_parts(records, now);
    if (!end) return reply(end.code());
    commits_.after(*end, std::move(reply));
  } else {
    reply(error_code::none);
  }
  group->kill(error_code::unknown_member_id);
  deadlines_.erase(std::string(id));
  groups_.erase(groups_.find(id));
}

std::vector<coordinator::new_record> group_coordinator::forget_group(std::string_view id) const {
  std::vector<coordinator::new_record> records;
  for (const auto& [topic, partitions] : offsets_.of(id))
    for (const auto& [partition, _] : partitions) records.push_back(offset_tombstone(id, {topic, partition}));
  const auto log = logs_.find(id);
  if (log != logs_.end() && log->second.value) records.push_back(group_tombstone(id));
  return records;
}

void group_coordinator::forget_topics(const std::function<bool(std::string_view topic)>& gone, instant now) {
  if (phase_ != error_code::none) return;
  std::vector<coordinator::new_record> records;
  for (const auto& id : offsets_.groups())
    for (const auto& [topic, partitions] : offsets_.of(id))
      if (gone(topic))
        for (const auto& [partition, _] : partitions)
          records.push_back(offset_tombstone(id, {topic, partition}));
  // Who cannot write now finds them again when it loads.
  if (!records.empty()) static_cast<void>(append_in_parts(records, now));
}

result<offset> group_coordinator::append_in_parts(std::span<const coordinator::new_record> records,
                                                  instant now) {
  constexpr std::size_t enough = 256 << 10;
  result<offset> end(offset(0));
  while (!records.empty() && end) {
    std::size_t count = 0, bytes = 0;
    while (count < records.size() && bytes < enough) bytes += records[count++].key.size();
    end = partition_.append(records.first(count), now);
    records = records.subspan(count);
  }
  return end;
}

// KIP-211: offsets of a group outlive its last member by the retention; of a group that never had members, and of topics
// that no member reads any more, the commit.
void group_coordinator::expire(instant now) {
  next_expiry_ = after(now.steady, options_.expiry_interval);
  std::vector<std::string> gone;
  for (const auto& [id, group] : groups_) {
    const bool empty = group.state() == group_state::empty;
    if (!empty && (group.state() != group_state::stable || !group.knows_subscriptions())) continue;
    std::vector<coordinator::new_record> records;
    bool keeps_some = !empty;
    const auto subscribed = group.subscribed_topics();
    for (const auto& [topic, partitions] : offsets_.of(id)) {
      const bool read = subscribed.contains(topic);
      for (const auto& [partition, offset] : partitions) {
        if (!read && expired(group, offset, now)) {
          records.push_back(offset_tombstone(id, {topic, partition}));
        } else {
          keeps_some = true;
        }
      }
    }
    const auto log = logs_.find(id);
    if (!keeps_some && log != logs_.end() && log->second.value) records.push_back(group_tombstone(id));
    const bool written = records.empty() || append_in_parts(records, now);
    if (written && !keeps_some) gone.push_back(id);
  }
  for (const auto& id : gone) {
    deadlines_.erase(id);
    groups_.erase(id);
  }
  prune_logs();
}

bool group_coordinator::expired(const classic_group& group, const committed_offset& offset,
                                instant now) const {
  if (offset.expires_at) return now.wall >= *offset.expires_at;
  const bool had_members = group.state() == group_state::empty && !group.protocol_type().empty();
  const auto since = had_members ? std::max(group.state_since(), offset.committed_at) : offset.committed_at;
  return now.wall - since >= std::chrono::duration_cast<millis>(options_.offsets_retention).count();
}

/// Of a group that is gone nothing is remembered once nobody waits for its end.
void group_coordinator::prune_logs() {
  std::erase_if(logs_, [&](const auto& entry) {
    const auto& [id, log] = entry;
    return !log.value && log.touched <= partition_.high_watermark() && !groups_.contains(id) &&
           offsets_.of(id).empty();
  });
}

}  // namespace klamm::broker::group
