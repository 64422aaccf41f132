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
  std::vector<error_code> outcomes(of.size(), error_code::none);
  std::vector<coordinator::new_record> records;
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (group->subscribes_to(of[i].topic)) {
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
  if (const auto why = refuse(id); why != error_code::none) return reply(why);
  auto* group = find(id);
  if (!group) return reply(error_code::group_id_not_found);
  if (group->state() != group_state::empty) return reply(error_code::non_empty_group);
  const auto records = forget_group(id);
  if (!records.empty()) {
    const auto end = partition_.append(records, now);
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

// KIP-211: offsets of a group outlive its last member by the retention; of a group that never had members, the commit.
void group_coordinator::expire(instant now) {
  next_expiry_ = after(now.steady, options_.expiry_interval);
  std::vector<std::string> gone;
  for (const auto& [id, group] : groups_) {
    if (group.state() != group_state::empty) continue;
    std::vector<coordinator::new_record> records;
    bool keeps_some = false;
    for (const auto& [topic, partitions] : offsets_.of(id)) {
      for (const auto& [partition, offset] : partitions) {
        if (expired(id, offset, now)) {
          records.push_back(offset_tombstone(id, {topic, partition}));
        } else {
          keeps_some = true;
        }
      }
    }
    const auto log = logs_.find(id);
    if (!keeps_some && log != logs_.end() && log->second.value) records.push_back(group_tombstone(id));
    const bool written = records.empty() || partition_.append(records, now);
    if (written && !keeps_some) gone.push_back(id);
  }
  for (const auto& id : gone) {
    deadlines_.erase(id);
    groups_.erase(id);
  }
}

bool group_coordinator::expired(std::string_view id, const committed_offset& offset, instant now) const {
  if (offset.expires_at) return now.wall >= *offset.expires_at;
  const auto& group = groups_.find(id)->second;
  const bool had_members = !group.protocol_type().empty();
  const auto since = had_members ? std::max(group.state_since(), offset.committed_at) : offset.committed_at;
  return now.wall - since >= std::chrono::duration_cast<millis>(options_.offsets_retention).count();
}

}  // namespace klamm::broker::group
