#include "broker/group/group_coordinator.hpp"

#include <algorithm>
#include <utility>

#include "broker/group/group_records.hpp"

namespace klamm::broker::group {
namespace {

// What a group's client is told when the log refuses its records.
error_code as_coordinator_error(error_code why) {
  switch (why) {
    case error_code::message_too_large:
    case error_code::record_list_too_large: return error_code::invalid_commit_offset_size;
    case error_code::unknown_topic_or_partition:
    case error_code::not_enough_replicas:
    case error_code::not_enough_replicas_after_append:
    case error_code::request_timed_out: return error_code::coordinator_not_available;
    case error_code::not_leader_or_follower:
    case error_code::kafka_storage_error: return error_code::not_coordinator;
    default: return why;
  }
}

}  // namespace

group_coordinator::group_coordinator(group_options options, coordinator::partition& partition,
                                     entropy_source& entropy, fault_injector* faults)
    : options_(options), partition_(partition), entropy_(entropy), faults_(faults) {}

void group_coordinator::replay(const coordinator::replayed_record& record) {
  const auto decoded = decode(record);
  if (const auto* said = std::get_if<replayed_offset>(&decoded)) {
    log_of(said->group).touched = record.offset + 1;
    if (phase_ != error_code::none && fires(faults_, "group.forget_offsets")) return;
    if (said->offset) {
      offsets_.set(said->group, said->at, *said->offset, record.transaction);
    } else {
      offsets_.erase(said->group, said->at);
    }
  } else if (const auto* group = std::get_if<replayed_group>(&decoded)) {
    auto& log = log_of(group->group);
    log.touched = record.offset + 1;
    log.value.reset();
    if (group->value) log.value.emplace(group->value->begin(), group->value->end());
  }
}

void group_coordinator::replay_end_of_transaction(producer_id producer, bool committed) {
  offsets_.end_transaction(producer, committed);
}

void group_coordinator::on_loaded(instant now) {
  phase_ = error_code::none;
  for (const auto& [id, log] : logs_) {
    const auto record = log.value ? decode_group(*log.value) : std::nullopt;
    if (record) {
      find_or_make(id, now).restore(*record, now);
    } else if (!offsets_.of(id).empty()) {
      find_or_make(id, now);
    }
  }
  for (const auto& [_, group] : groups_) reschedule(group);
  next_expiry_ = after(now.steady, options_.expiry_interval);
  commits_.advance(partition_.high_watermark());
}

void group_coordinator::on_committed(offset high_watermark, instant now) {
  now_ = now;
  commits_.advance(high_watermark);
}

void group_coordinator::on_unloaded(instant) {
  phase_ = error_code::not_coordinator;
  for (auto& [_, group] : groups_) group.kill(error_code::not_coordinator);
  commits_.fail(error_code::not_coordinator);
  groups_.clear();
  deadlines_ = {};
  next_expiry_ = never;
  offsets_.clear();
  logs_.clear();
}

void group_coordinator::tick(instant now) {
  while (const auto due = deadlines_.pop_due(now.steady)) {
    auto& group = *find(*due);
    group.tick(now);
    reschedule(group);
  }
  if (now.steady >= next_expiry_) expire(now);
}

time_point group_coordinator::deadline() const { return std::min(deadlines_.next(), next_expiry_); }

void group_coordinator::join(const wire::join_group_request& request, const group_caller& from,
                             join_reply reply, instant now) {
  const auto refuse_with = [&](error_code why) {
    wire::join_group_response response;
    response.error_code = why;
    response.member_id = request.member_id;
    response.protocol_name = "";
    reply(response);
  };
  if (const auto why = refuse(request.group_id); why != error_code::none) return refuse_with(why);
  // A member that has an id knows the group from before: if it is gone, the member has to start anew.
  if (!request.member_id.empty() && !find(request.group_id))
    return refuse_with(error_code::unknown_member_id);
  auto& group = find_or_make(request.group_id, now);
  group.join(request, from, std::move(reply), now);
  reschedule(group);
}

void group_coordinator::sync(const wire::sync_group_request& request, sync_reply reply, instant now) {
  auto* group = find(request.group_id);
  auto why = refuse(request.group_id);
  if (why == error_code::none && !group) why = error_code::unknown_member_id;
  if (why != error_code::none) {
    wire::sync_group_response response;
    response.error_code = why;
    return reply(response);
  }
  group->sync(request, std::move(reply), now);
  reschedule(*group);
}

error_code group_coordinator::heartbeat(std::string_view id, std::string_view member_id,
                                        std::optional<std::string_view> instance_id, generation_id generation,
                                        instant now) {
  // A client that beats while the coordinator loads has nothing to learn yet, and must not be made to rejoin.
  if (phase_ == error_code::coordinator_load_in_progress) return error_code::none;
  if (const auto why = refuse(id); why != error_code::none) return why;
  auto* group = find(id);
  if (!group) return error_code::unknown_member_id;
  const auto outcome = group->heartbeat(member_id, instance_id, generation, now);
  reschedule(*group);
  return outcome;
}

void group_coordinator::leave(const wire::leave_group_request& request, each_reply reply, instant now) {
  std::vector<error_code> outcomes(request.members.size(), refuse(request.group_id));
  auto* group = find(request.group_id);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i] != error_code::none) continue;
    const auto& member = request.members[i];
    outcomes[i] =
        group ? group->leave(member.member_id, member.group_instance_id, now) : error_code::unknown_member_id;
  }
  if (group) reschedule(*group);
  reply(outcomes);
}

error_code group_coordinator::describe(std::string_view id,
                                       wire::describe_groups_response::described_group& out) const {
  out.group_id = id;
  const auto found = groups_.find(id);
  if (phase_ != error_code::none) return phase_;
  if (found == groups_.end()) return error_code::group_id_not_found;
  const auto& group = found->second;
  out.group_state = name(group.state());
  out.protocol_type = group.protocol_type();
  const bool assigned = group.state() == group_state::stable;
  if (assigned) out.protocol_data = group.protocol();
  for (const auto& [member_id, member] : group.members()) {
    auto& one = out.members.emplace_back();
    one.member_id = member_id;
    if (member.instance_id) one.group_instance_id = *member.instance_id;
    one.client_id = member.client_id;
    one.client_host = member.client_host;
    if (!assigned) continue;
    one.member_metadata = member.metadata(group.protocol());
    one.member_assignment = member.assignment;
  }
  return error_code::none;
}

error_code group_coordinator::list(std::vector<wire::list_groups_response::listed_group>& out) const {
  if (phase_ != error_code::none) return phase_;
  for (const auto& [id, group] : groups_) {
    auto& one = out.emplace_back();
    one.group_id = id;
    one.protocol_type = group.protocol_type();
    one.group_state = name(group.state());
    one.group_type = "classic";
  }
  return error_code::none;
}

std::string group_coordinator::new_member_id(std::string_view prefix) {
  // As long as the protocol's texts may be at most, or neither an answer nor the group's record could carry it.
  constexpr std::size_t longest = 32'767;
  const auto suffix = '-' + to_string(random_uuid(entropy_));
  return std::string(prefix.substr(0, longest - suffix.size())) + suffix;
}

void group_coordinator::write_group(classic_group& group, generation_id generation, instant now) {
  const coordinator::new_record record = group_record(group.id(), group.record());
  append(
      {&record, 1},
      [this, id = group.id(), generation](error_code outcome) {
        auto* written = find(id);
        if (!written) return;
        written->on_written(generation, outcome, now_);
        reschedule(*written);
      },
      now);
}

classic_group* group_coordinator::find(std::string_view id) {
  const auto found = groups_.find(id);
  return found == groups_.end() ? nullptr : &found->second;
}

classic_group& group_coordinator::find_or_make(std::string_view id, instant now) {
  if (auto* group = find(id)) return *group;
  return groups_.try_emplace(std::string(id), std::string(id), static_cast<classic_group_host&>(*this), now)
      .first->second;
}

error_code group_coordinator::refuse(std::string_view group) const {
  if (phase_ != error_code::none) return phase_;
  return group.empty() ? error_code::invalid_group_id : error_code::none;
}

void group_coordinator::append(std::span<const coordinator::new_record> records, group_reply reply,
                               instant now) {
  now_ = now;
  const auto end = partition_.append(records, now);
  if (!end) return reply(as_coordinator_error(end.code()));
  if (fires(faults_, "group.reply_before_commit")) return reply(error_code::none);
  commits_.after(
      *end, [reply = std::move(reply)](error_code outcome) mutable { reply(as_coordinator_error(outcome)); });
}

void group_coordinator::reschedule(const classic_group& group) {
  deadlines_.set(group.id(), group.deadline());
}

group_coordinator::group_log& group_coordinator::log_of(std::string_view group) {
  const auto found = logs_.find(group);
  return found != logs_.end() ? found->second : logs_.emplace(group, group_log()).first->second;
}

}  // namespace klamm::broker::group
