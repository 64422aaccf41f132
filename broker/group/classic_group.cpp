#include "broker/group/classic_group.hpp"

#include <algorithm>
#include <utility>

namespace klamm::broker::group {

std::string_view name(group_state state) {
  switch (state) {
    case group_state::empty: return "Empty";
    case group_state::preparing_rebalance: return "PreparingRebalance";
    case group_state::completing_rebalance: return "CompletingRebalance";
    case group_state::stable: return "Stable";
    case group_state::dead: return "Dead";
  }
  return "Unknown";
}

classic_group::classic_group(std::string id, classic_group_host& host, instant now)
    : id_(std::move(id)), host_(host), state_since_(now.wall) {}

void classic_group::restore(const wire::group_metadata_value& record, instant now) {
  generation_ = record.generation;
  protocol_type_ = record.protocol_type;
  protocol_ = record.protocol.value_or("");
  leader_ = record.leader.value_or("");
  for (const auto& each : record.members) {
    auto& member = members_[std::string(each.member_id)];
    member.id = each.member_id;
    if (each.group_instance_id) {
      member.instance_id = *each.group_instance_id;
      static_members_[*member.instance_id] = member.id;
    }
    member.client_id = each.client_id;
    member.client_host = each.client_host;
    member.session_timeout = each.session_timeout;
    member.rebalance_timeout = each.rebalance_timeout;
    member.protocols.push_back({protocol_, {each.subscription.begin(), each.subscription.end()}});
    supported_.add(member.protocols);
    member.assignment.assign(each.assignment.begin(), each.assignment.end());
    keep_alive(member, now);
  }
  state_ = members_.empty() ? group_state::empty : group_state::stable;
  if (record.current_state_timestamp >= timestamp(0)) state_since_ = record.current_state_timestamp;
}

void classic_group::sync(const wire::sync_group_request& request, sync_reply reply, instant now) {
  const auto refuse = [&](error_code why) {
    wire::sync_group_response response;
    response.error_code = why;
    reply(response);
  };
  if (state_ == group_state::dead) return refuse(death_);
  if (const auto why = check_identity(request.member_id, request.group_instance_id); why != error_code::none)
    return refuse(why);
  if (request.generation_id != generation_) return refuse(error_code::illegal_generation);
  if ((request.protocol_type && *request.protocol_type != protocol_type_) ||
      (request.protocol_name && *request.protocol_name != protocol_))
    return refuse(error_code::inconsistent_group_protocol);
  if (state_ == group_state::preparing_rebalance) return refuse(error_code::rebalance_in_progress);

  auto& member = members_.find(request.member_id)->second;
  pending_syncs_.erase(member.id);
  if (pending_syncs_.empty()) timers_.erase(timer::sync);
  member.fail_sync(error_code::rebalance_in_progress);
  member.awaiting_sync = std::move(reply);
  sessions_.erase(member.id);
  if (state_ == group_state::stable) return answer_syncs(now);
  if (member.id != leader_) return;
  assign(request);
  host_.write_group(*this, generation_, now);
}

void classic_group::assign(const wire::sync_group_request& request) {
  for (auto& [_, member] : members_) member.assignment.clear();
  for (const auto& each : request.assignments) {
    const auto member = members_.find(each.member_id);
    if (member != members_.end())
      member->second.assignment.assign(each.assignment.begin(), each.assignment.end());
  }
}

void classic_group::on_written(generation_id generation, error_code outcome, instant now) {
  if (state_ != group_state::completing_rebalance || generation != generation_) return;
  if (outcome == error_code::none) {
    enter(group_state::stable, now);
    answer_syncs(now);
  } else {
    fail_syncs(outcome, now);
    prepare_rebalance(now);
  }
}

error_code classic_group::heartbeat(std::string_view member_id, std::optional<std::string_view> instance_id,
                                    generation_id generation, instant now) {
  if (state_ == group_state::dead) return death_;
  if (const auto why = check_identity(member_id, instance_id); why != error_code::none) return why;
  if (generation != generation_) return error_code::illegal_generation;
  keep_alive(members_.find(member_id)->second, now);
  return state_ == group_state::preparing_rebalance ? error_code::rebalance_in_progress : error_code::none;
}

error_code classic_group::leave(std::string_view member_id, std::optional<std::string_view> instance_id,
                                instant now) {
  if (state_ == group_state::dead) return death_;
  if (instance_id && member_id.empty()) {
    const auto found = static_members_.find(*instance_id);
    if (found == static_members_.end()) return error_code::unknown_member_id;
    return remove_member(std::string(found->second), now), error_code::none;
  }
  const std::string id(member_id);
  if (pending_joins_.contains(id)) {
    pending_joins_.erase(id);
    after_removal(now);
    return error_code::none;
  }
  if (const auto why = check_identity(id, instance_id); why != error_code::none) return why;
  remove_member(id, now);
  return error_code::none;
}

error_code classic_group::check_commit(std::string_view member_id,
                                       std::optional<std::string_view> instance_id, generation_id generation,
                                       instant now) {
  if (state_ == group_state::dead) return death_;
  const bool names_nobody = member_id.empty() && !instance_id && generation < generation_id(0);
  // A consumer that assigns its own partitions, or an admin client: only while nobody else is there.
  if (names_nobody) return state_ == group_state::empty ? error_code::none : error_code::unknown_member_id;
  if (generation < generation_id(0) && state_ == group_state::empty) return error_code::none;
  if (const auto why = check_identity(member_id, instance_id); why != error_code::none) return why;
  if (generation != generation_) return error_code::illegal_generation;
  if (state_ == group_state::completing_rebalance) return error_code::rebalance_in_progress;
  keep_alive(members_.find(member_id)->second, now);
  return error_code::none;
}

void classic_group::tick(instant now) {
  while (const auto due = timers_.pop_due(now.steady)) {
    if (*due == timer::rebalance) {
      first_round_left_ ? end_first_round(now) : complete_join(now);
      continue;
    }
    for (const auto& id : std::exchange(pending_syncs_, {}))
      if (const auto member = members_.find(id); member != members_.end()) erase_member(member);
    after_removal(now);
  }
  while (const auto id = pending_joins_.pop_due(now.steady))
    if (state_ == group_state::preparing_rebalance) try_complete_join(now);
  while (const auto id = sessions_.pop_due(now.steady)) remove_member(*id, now);
}

time_point classic_group::deadline() const {
  return std::min({timers_.next(), pending_joins_.next(), sessions_.next()});
}

void classic_group::kill(error_code why) {
  death_ = why;
  state_ = group_state::dead;
  for (auto& [_, member] : members_) {
    member.fail_join(why);
    member.fail_sync(why);
  }
  members_.clear();
  supported_.clear();
  static_members_.clear();
  pending_syncs_.clear();
  timers_ = {};
  sessions_ = {};
  pending_joins_ = {};
}

std::set<std::string_view> classic_group::subscribed_topics() const {
  std::set<std::string_view> all;
  for (const auto& [_, member] : members_)
    if (const auto topics = member.subscription(protocol_)) all.insert(topics->begin(), topics->end());
  return all;
}

bool classic_group::knows_subscriptions() const {
  return protocol_type_ == "consumer" && std::ranges::all_of(members_, [&](const auto& m) {
           return m.second.subscription(protocol_).has_value();
         });
}

wire::group_metadata_value classic_group::record() const {
  wire::group_metadata_value record;
  record.protocol_type = protocol_type_;
  record.generation = generation_;
  if (!protocol_.empty()) record.protocol = protocol_;
  if (!leader_.empty()) record.leader = leader_;
  record.current_state_timestamp = state_since_;
  for (const auto& [id, member] : members_) {
    auto& one = record.members.emplace_back();
    one.member_id = id;
    if (member.instance_id) one.group_instance_id = *member.instance_id;
    one.client_id = member.client_id;
    one.client_host = member.client_host;
    one.session_timeout = member.session_timeout;
    one.rebalance_timeout = member.rebalance_timeout;
    one.subscription = member.metadata(protocol_);
    one.assignment = member.assignment;
  }
  return record;
}

error_code classic_group::check_identity(std::string_view member_id,
                                         std::optional<std::string_view> instance_id) const {
  if (instance_id) {
    const auto owner = static_members_.find(*instance_id);
    if (owner == static_members_.end()) return error_code::unknown_member_id;
    if (owner->second != member_id) return error_code::fenced_instance_id;
  }
  return members_.contains(member_id) ? error_code::none : error_code::unknown_member_id;
}

void classic_group::keep_alive(const classic_member& member, instant now) {
  sessions_.set(member.id, after(now.steady, member.session_timeout));
}

void classic_group::enter(group_state state, instant now) {
  state_ = state;
  state_since_ = now.wall;
}

millis classic_group::longest_rebalance_timeout() const {
  millis longest{0};
  for (const auto& [_, member] : members_) longest = std::max(longest, member.rebalance_timeout);
  return longest;
}

}  // namespace klamm::broker::group
