#include "broker/raft/roles.hpp"

#include <algorithm>
#include <cassert>
#include <functional>

namespace klamm::broker::raft {

void ballot::count(node_id voter, bool granted) {
  if (!voters_.contains(voter) || granted_.contains(voter)) return;
  if (granted) {
    granted_.insert(voter);
    refused_.erase(voter);
  } else {
    refused_.insert(voter);
  }
}

leader::leader(std::span<const node_id> voters, node_id self, offset epoch_start, time_point now)
    : self_(self), epoch_start_(epoch_start) {
  for (const auto voter : voters) voters_.emplace(voter, progress{offset(0), now, false});
}

void leader::acknowledge(node_id replica, offset end, time_point now) {
  if (replica.value < 0) return;  // it only looks
  const auto voter = voters_.find(replica);
  auto& known = voter == voters_.end() ? observers_[replica] : voter->second;
  known.end = std::max(known.end, end);
  known.heard_at = std::max(known.heard_at, now);
  known.fetched = true;
  if (replica == self_) own_end_ = known.end;
  if (known.end >= own_end_) known.caught_up_at = now;
}

std::vector<leader::member> leader::members(time_point now) const {
  constexpr auto observers_kept = std::chrono::minutes(5);
  std::vector<member> all;
  all.reserve(voters_.size() + observers_.size());
  for (const auto& [id, known] : voters_)
    all.push_back({id, true, known.end, known.heard_at, id == self_ ? now : known.caught_up_at});
  for (const auto& [id, known] : observers_)
    if (now - known.heard_at <= observers_kept)
      all.push_back({id, false, known.end, known.heard_at, known.caught_up_at});
  return all;
}

std::optional<offset> leader::high_watermark() const {
  std::vector<offset> ends;
  ends.reserve(voters_.size());
  for (const auto& [voter, known] : voters_) ends.push_back(known.end);
  const auto reached = majority_end(std::move(ends));
  if (reached <= epoch_start_) return std::nullopt;
  return reached;
}

std::vector<node_id> leader::strangers() const {
  std::vector<node_id> all;
  for (const auto& [voter, known] : voters_)
    if (voter != self_ && !known.fetched) all.push_back(voter);
  return all;
}

time_point leader::majority_heard_at() const {
  std::vector<time_point> times;
  for (const auto& [voter, known] : voters_)
    if (voter != self_) times.push_back(known.heard_at);
  const auto needed = voters_.size() / 2;  // besides the leader itself
  if (needed == 0) return never;
  const auto nth = times.begin() + static_cast<std::ptrdiff_t>(needed - 1);
  std::nth_element(times.begin(), nth, times.end(), std::greater<>{});
  return *nth;
}

std::vector<node_id> leader::successors() const {
  std::vector<std::pair<node_id, offset>> others;
  for (const auto& [voter, known] : voters_)
    if (voter != self_) others.emplace_back(voter, known.end);
  std::ranges::stable_sort(others, std::greater<>{}, &std::pair<node_id, offset>::second);
  std::vector<node_id> ids;
  ids.reserve(others.size());
  for (const auto& [voter, end] : others) ids.push_back(voter);
  return ids;
}

offset majority_end(std::vector<offset> ends) {
  assert(!ends.empty());
  const auto middle = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 2);
  std::nth_element(ends.begin(), middle, ends.end(), std::greater<>{});
  return *middle;
}

bool grants(const voter_view& own, const vote_request& asked) {
  if (asked.log < own.log || std::holds_alternative<leader>(own.role)) return false;
  if (asked.pre_vote) {
    const auto* const following = std::get_if<follower>(&own.role);
    return !following || !following->has_fetched;
  }
  const bool open =
      std::holds_alternative<unattached>(own.role) || std::holds_alternative<prospective>(own.role);
  if (!open || own.leader.value >= 0) return false;
  return own.voted.value < 0 || own.voted == asked.candidate;
}

}  // namespace klamm::broker::raft
