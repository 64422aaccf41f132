// A round of the group: from the first member that wants one to the generation that comes out of it.
#include <algorithm>
#include <utility>

#include "broker/group/classic_group.hpp"

namespace klamm::broker::group {

void classic_group::prepare_rebalance(instant now) {
  fail_syncs(error_code::rebalance_in_progress, now);
  timers_.erase(timer::sync);
  pending_syncs_.clear();
  const bool was_empty = state_ == group_state::empty;
  enter(group_state::preparing_rebalance, now);
  if (was_empty && host_.limits().initial_rebalance_delay > millis(0)) return begin_first_round(now);
  timers_.set(timer::rebalance, after(now.steady, longest_rebalance_timeout()));
  try_complete_join(now);
}

// Members of a new group tend to start together: waiting for all of them saves a round for each.
void classic_group::begin_first_round(instant now) {
  const duration delay = host_.limits().initial_rebalance_delay;
  first_round_left_ = std::max(duration(longest_rebalance_timeout()) - delay, duration(0));
  first_round_grew_ = false;
  timers_.set(timer::rebalance, after(now.steady, delay));
}

void classic_group::end_first_round(instant now) {
  const auto prolonged = std::min<duration>(host_.limits().initial_rebalance_delay, *first_round_left_);
  if (!std::exchange(first_round_grew_, false) || prolonged == duration(0)) return complete_join(now);
  *first_round_left_ -= prolonged;
  timers_.set(timer::rebalance, after(now.steady, prolonged));
}

void classic_group::try_complete_join(instant now) {
  if (!first_round_left_ && all_joined()) complete_join(now);
}

bool classic_group::all_joined() const {
  return pending_joins_.empty() &&
         std::ranges::all_of(members_, [](const auto& m) { return bool(m.second.awaiting_join); });
}

void classic_group::complete_join(instant now) {
  // Dynamic members that did not come back are gone; static ones keep their place until their session ends.
  for (auto member = members_.begin(); member != members_.end();) {
    const auto current = member++;
    if (!current->second.awaiting_join && !current->second.instance_id) erase_member(current);
  }
  if (!members_.empty() && !elect_leader()) {
    timers_.set(timer::rebalance, after(now.steady, longest_rebalance_timeout()));
    return;
  }
  timers_.erase(timer::rebalance);
  first_round_left_.reset();
  next_generation(now);
}

void classic_group::next_generation(instant now) {
  ++generation_;
  pending_syncs_.clear();
  if (members_.empty()) return become_empty(now);
  protocol_ = choose_protocol();
  enter(group_state::completing_rebalance, now);
  timers_.set(timer::sync, after(now.steady, longest_rebalance_timeout()));
  for (auto& [id, member] : members_) {
    pending_syncs_.insert(id);
    answer_join(member, current_generation(member));
    keep_alive(member, now);
  }
}

void classic_group::become_empty(instant now) {
  protocol_.clear();
  leader_.clear();
  enter(group_state::empty, now);
  host_.write_group(*this, generation_, now);
}

bool classic_group::elect_leader() {
  const auto current = members_.find(leader_);
  if (current != members_.end() && current->second.awaiting_join) return true;
  const auto joined =
      std::ranges::find_if(members_, [](const auto& m) { return bool(m.second.awaiting_join); });
  if (joined == members_.end()) return false;
  leader_ = joined->first;
  return true;
}

// Every member votes for the first of its protocols that all members have; the most votes win, and of equals the
// one that the first voter prefers.
std::string classic_group::choose_protocol() const {
  std::vector<std::pair<std::string_view, int>> votes;
  for (const auto& [_, voter] : members_) {
    const auto choice = std::ranges::find_if(voter.protocols, [&](const auto& protocol) {
      return supported_.of(protocol.name) == members_.size();
    });
    if (choice == voter.protocols.end()) continue;
    const auto counted = std::ranges::find(votes, choice->name, &std::pair<std::string_view, int>::first);
    if (counted == votes.end()) {
      votes.emplace_back(choice->name, 1);
    } else {
      ++counted->second;
    }
  }
  const auto winner = std::ranges::max_element(votes, {}, &std::pair<std::string_view, int>::second);
  return winner == votes.end() ? std::string() : std::string(winner->first);
}

void classic_group::fail_syncs(error_code why, instant now) {
  if (state_ != group_state::completing_rebalance) return;
  for (auto& [_, member] : members_) {
    member.assignment.clear();
    if (!member.awaiting_sync) continue;
    member.fail_sync(why);
    keep_alive(member, now);
  }
}

void classic_group::answer_syncs(instant now) {
  for (auto& [_, member] : members_) {
    if (!member.awaiting_sync) continue;
    wire::sync_group_response response;
    response.protocol_type = protocol_type_;
    response.protocol_name = protocol_;
    response.assignment = member.assignment;
    std::exchange(member.awaiting_sync, nullptr)(response);
    keep_alive(member, now);
  }
}

void classic_group::remove_member(std::string_view member_id, instant now) {
  const auto member = members_.find(member_id);
  if (member == members_.end()) return;
  erase_member(member);
  after_removal(now);
}

void classic_group::erase_member(members_map::iterator member) {
  auto& leaving = member->second;
  leaving.fail_join(error_code::unknown_member_id);
  leaving.fail_sync(error_code::unknown_member_id);
  sessions_.erase(leaving.id);
  pending_syncs_.erase(leaving.id);
  if (leaving.instance_id) static_members_.erase(*leaving.instance_id);
  if (leader_ == leaving.id) leader_.clear();
  supported_.remove(leaving.protocols);
  members_.erase(member);
}

void classic_group::after_removal(instant now) {
  switch (state_) {
    case group_state::stable:
    case group_state::completing_rebalance: return prepare_rebalance(now);
    case group_state::preparing_rebalance: return try_complete_join(now);
    case group_state::empty:
    case group_state::dead: return;
  }
}

}  // namespace klamm::broker::group
