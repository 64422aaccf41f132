// JoinGroup: who may join, as whom, and what that does to the group.
#include <algorithm>
#include <utility>

#include "broker/group/classic_group.hpp"

namespace klamm::broker::group {
namespace {

void refuse(join_reply& reply, error_code why, std::string_view member_id) {
  wire::join_group_response response;
  response.error_code = why;
  response.member_id = member_id;
  response.protocol_name = "";
  reply(response);
}

std::size_t size_of_protocols(const wire::join_group_request& request) {
  std::size_t all = 0;
  for (const auto& protocol : request.protocols) all += protocol.name.size() + protocol.metadata.size();
  return all;
}

}  // namespace

void classic_group::join(const wire::join_group_request& request, const group_caller& from, join_reply reply,
                         instant now) {
  if (const auto why = refuse_join(request)) return refuse(reply, *why, request.member_id);
  if (request.member_id.empty()) return join_new(request, from, std::move(reply), now);
  join_known(request, from, std::move(reply), now);
}

std::optional<error_code> classic_group::refuse_join(const wire::join_group_request& request) const {
  if (state_ == group_state::dead) return death_;
  const auto& limits = host_.limits();
  if (request.session_timeout_ms < limits.min_session_timeout ||
      request.session_timeout_ms > limits.max_session_timeout)
    return error_code::invalid_session_timeout;
  if (size_of_protocols(request) > limits.max_protocols_bytes) return error_code::message_too_large;
  if (!has_room(request.member_id)) return error_code::group_max_size_reached;
  if (!accepts_protocols(request)) return error_code::inconsistent_group_protocol;
  return std::nullopt;
}

bool classic_group::has_room(std::string_view member_id) const {
  const auto max = host_.limits().max_size;
  const auto known = members_.find(member_id);
  if (state_ == group_state::empty) return true;
  if (state_ != group_state::preparing_rebalance) return known != members_.end() || members_.size() < max;
  // A round that is under way has room for those who joined it, and lets the fastest of the others in.
  if (known != members_.end() && known->second.awaiting_join) return true;
  const auto joined =
      std::ranges::count_if(members_, [](const auto& m) { return bool(m.second.awaiting_join); });
  return static_cast<std::size_t>(joined) < max;
}

bool classic_group::accepts_protocols(const wire::join_group_request& request) const {
  if (request.protocol_type.empty() || request.protocols.empty()) return false;
  if (members_.empty()) return true;
  if (request.protocol_type != protocol_type_) return false;
  return std::ranges::any_of(request.protocols, [&](const auto& protocol) {
    return supported_.of(protocol.name) == members_.size();
  });
}

void classic_group::join_new(const wire::join_group_request& request, const group_caller& from,
                             join_reply reply, instant now) {
  auto id = host_.new_member_id(request.group_instance_id.value_or(from.client_id));
  if (request.group_instance_id) {
    const auto replaced = static_members_.find(*request.group_instance_id);
    if (replaced != static_members_.end())
      return replace_static(replaced->second, request, from, std::move(reply), now);
  } else if (from.version >= 4) {
    // KIP-394: a member that never comes back with this id leaves no ghost behind.
    pending_joins_.set(id, after(now.steady, request.session_timeout_ms));
    return refuse(reply, error_code::member_id_required, id);
  }
  add_member(std::move(id), request, from, std::move(reply), now);
}

void classic_group::join_known(const wire::join_group_request& request, const group_caller& from,
                               join_reply reply, instant now) {
  const std::string id(request.member_id);
  if (pending_joins_.contains(id)) {
    if (request.group_instance_id) return refuse(reply, error_code::unknown_member_id, id);
    return add_member(id, request, from, std::move(reply), now);
  }
  if (const auto why = check_identity(id, request.group_instance_id); why != error_code::none)
    return refuse(reply, why, id);
  join_again(members_.find(id)->second, request, from, std::move(reply), now);
}

void classic_group::join_again(classic_member& member, const wire::join_group_request& request,
                               const group_caller& from, join_reply reply, instant now) {
  const bool same = member.protocols == protocols_of(request);
  const bool answered_already = (state_ == group_state::completing_rebalance && same) ||
                                (state_ == group_state::stable && same && member.id != leader_);
  // The answer to its last join may have been lost, or it has missed that nothing changed.
  if (answered_already) return reply(current_generation(member));
  update_member(member, request, from, std::move(reply), now);
}

void classic_group::add_member(std::string id, const wire::join_group_request& request,
                               const group_caller& from, join_reply reply, instant now) {
  if (members_.empty()) protocol_type_ = request.protocol_type;
  auto& member = members_[id];
  member.id = id;
  if (request.group_instance_id) {
    member.instance_id = *request.group_instance_id;
    static_members_[*member.instance_id] = id;
  }
  pending_joins_.erase(id);
  if (leader_.empty()) leader_ = id;
  first_round_grew_ = true;
  member.is_new = true;
  update_member(member, request, from, std::move(reply), now);
}

void classic_group::update_member(classic_member& member, const wire::join_group_request& request,
                                  const group_caller& from, join_reply reply, instant now) {
  describe_anew(member, request, from);
  member.fail_join(error_code::rebalance_in_progress);
  member.awaiting_join = std::move(reply);
  // A member that waits for an answer is alive; only one that was never answered may be a ghost.
  sessions_.set(member.id, member.is_new ? after(now.steady, host_.limits().new_member_join_timeout) : never);
  if (state_ == group_state::preparing_rebalance) {
    try_complete_join(now);
  } else {
    prepare_rebalance(now);
  }
}

void classic_group::replace_static(std::string old_id, const wire::join_group_request& request,
                                   const group_caller& from, join_reply reply, instant now) {
  auto node = members_.extract(old_id);
  auto& old = node.mapped();
  old.fail_join(error_code::fenced_instance_id);
  old.fail_sync(error_code::fenced_instance_id);
  sessions_.erase(old_id);
  pending_syncs_.erase(old_id);

  node.key() = old.id = host_.new_member_id(*request.group_instance_id);
  auto& member = members_.insert(std::move(node)).position->second;
  static_members_[*member.instance_id] = member.id;
  if (leader_ == old_id) leader_ = member.id;
  if (state_ != group_state::stable) {
    return update_member(member, request, from, std::move(reply), now);
  }
  describe_anew(member, request, from);
  member.awaiting_join = std::move(reply);
  if (choose_protocol() != protocol_) return prepare_rebalance(now);
  answer_replaced_static(member, old_id, from, now);
}

void classic_group::answer_replaced_static(classic_member& member, const std::string& old_id,
                                           const group_caller& from, instant now) {
  // The new member id has to survive a change of coordinator, or its owner would be fenced by its old self.
  host_.write_group(*this, generation_, now);
  auto response = current_generation(member);
  constexpr klamm::api_version skips_assignment_from = 9;  // KIP-814
  if (member.id == leader_) {
    if (from.version >= skips_assignment_from) {
      response.skip_assignment = true;
    } else {
      // An older client that were told that it leads would assign anew: it is told that its old self leads.
      response.leader = old_id;
      response.members.clear();
    }
  }
  answer_join(member, response);
  keep_alive(member, now);
}

void classic_group::describe_anew(classic_member& member, const wire::join_group_request& request,
                                  const group_caller& from) {
  supported_.remove(member.protocols);
  member.update(request, from);
  supported_.add(member.protocols);
}

void classic_group::answer_join(classic_member& member, const wire::join_group_response& response) {
  member.is_new = false;
  if (member.awaiting_join) std::exchange(member.awaiting_join, nullptr)(response);
}

wire::join_group_response classic_group::current_generation(const classic_member& member) const {
  wire::join_group_response response;
  response.generation_id = generation_;
  response.protocol_type = protocol_type_;
  response.protocol_name = protocol_;
  response.leader = leader_;
  response.member_id = member.id;
  if (member.id != leader_) return response;
  for (const auto& [id, each] : members_) {
    auto& one = response.members.emplace_back();
    one.member_id = id;
    if (each.instance_id) one.group_instance_id = *each.instance_id;
    one.metadata = each.metadata(protocol_);
  }
  return response;
}

}  // namespace klamm::broker::group
