#include "broker/raft/roles.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

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

leader::leader(std::span<const voter> voters, const replica_key& self, offset epoch_start, time_point now)
    : self_(self), epoch_start_(epoch_start), own_end_(epoch_start + 1) {
  set_voters(voters, now);
}

namespace {

/// What was configured becomes the log's (kraft.version 1): the same voter, unless it has fetched for another directory.
bool is_same(const voter& v, const replica_key& known) { return known.directory.is_zero() || v.is(known); }

}  // namespace

void leader::set_voters(std::span<const voter> voters, time_point now) {
  auto before = std::exchange(voters_, {});
  for (const auto& v : voters) {
    progress known{.heard_at = now};
    if (const auto voted = before.find(v.id); voted != before.end() && is_same(v, key_of(voted->second))) {
      known = voted->second;
      before.erase(voted);
    } else if (const auto observed = observers_.extract(v.key())) {
      known = observed.mapped();
    }
    known.key = v.key();
    voters_.emplace(v.id, known);
  }
  for (const auto& [id, known] : before)
    if (!is_self(known)) observers_.emplace(key_of(known), known);
}

/// The directory of a configured voter is known once it has fetched.
replica_key leader::key_of(const progress& known) {
  return {known.key.id, known.key.directory.is_zero() ? known.directory : known.key.directory};
}

leader::progress& leader::progress_of(const replica_key& replica) {
  const auto voter = voters_.find(replica.id);
  if (voter == voters_.end() || (!voter->second.key.directory.is_zero() && voter->second.key != replica))
    return observer(replica);
  return voter->second;
}

/// Whoever says another number and directory is another one: the one that was not heard of for longest makes room.
leader::progress& leader::observer(const replica_key& replica) {
  const auto [known, added] =
      observers_.try_emplace(replica, progress{.key = replica, .heard_at = time_point::max()});
  if (added && observers_.size() > most_observers)
    observers_.erase(
        std::ranges::min_element(observers_, {}, [](const auto& one) { return one.second.heard_at; }));
  if (added) known->second.heard_at = {};
  return known->second;
}

void leader::acknowledge(const replica_key& replica, offset end, time_point now) {
  if (replica.id.value < 0) return;  // it only looks
  if (replica.id == self_.id) own_end_ = std::max(own_end_, end);
  if (replica.id == self_.id && !votes()) return;
  auto& known = progress_of(replica);
  known.end = std::max(known.end, end);
  known.heard_at = std::max(known.heard_at, now);
  known.fetched = true;
  known.directory = replica.directory;
  if (known.end >= own_end_) known.caught_up_at = now;
}

leader::member leader::describe(const progress& known, bool votes, time_point caught_up_at) const {
  if (!known.fetched && !is_self(known))
    return {key_of(known), votes, offset(-1), time_point::min(), caught_up_at};
  return {key_of(known), votes, known.end, known.heard_at, caught_up_at};
}

std::vector<leader::member> leader::members(time_point now) const {
  constexpr auto observers_kept = std::chrono::minutes(5);
  std::vector<member> all;
  all.reserve(voters_.size() + observers_.size());
  for (const auto& [id, known] : voters_)
    all.push_back(describe(known, true, is_self(known) ? now : known.caught_up_at));
  for (const auto& [key, known] : observers_)
    if (now - known.heard_at <= observers_kept) all.push_back(describe(known, false, known.caught_up_at));
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

bool leader::caught_up(const replica_key& observer, time_point now) const {
  const auto found = observers_.find(observer);
  return found != observers_.end() && found->second.caught_up_at != time_point::min() &&
         now - found->second.heard_at < std::chrono::hours(1);
}

std::vector<replica_key> leader::strangers() const {
  std::vector<replica_key> all;
  for (const auto& [voter, known] : voters_)
    if (!is_self(known) && !known.fetched) all.push_back(known.key);
  return all;
}

time_point leader::majority_heard_at() const {
  std::vector<time_point> times;
  for (const auto& [voter, known] : voters_)
    if (!is_self(known)) times.push_back(known.heard_at);
  const auto needed = voters_.size() / 2 + (votes() ? 0 : 1);  // besides the leader itself
  if (needed == 0) return never;
  const auto nth = times.begin() + static_cast<std::ptrdiff_t>(needed - 1);
  std::nth_element(times.begin(), nth, times.end(), std::greater<>{});
  return *nth;
}

std::vector<replica_key> leader::successors() const {
  std::vector<std::pair<replica_key, offset>> others;
  for (const auto& [voter, known] : voters_)
    if (!is_self(known)) others.emplace_back(known.key, known.end);
  std::ranges::stable_sort(others, std::greater<>{}, &std::pair<replica_key, offset>::second);
  std::vector<replica_key> keys;
  keys.reserve(others.size());
  for (const auto& [key, end] : others) keys.push_back(key);
  return keys;
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
  if (own.voted.id.value < 0) return true;
  // Another directory is another replica (KIP-853); one that was written down without is any.
  return own.voted.id == asked.candidate &&
         (own.voted.directory.is_zero() || own.voted.directory == asked.candidate_directory);
}

}  // namespace klamm::broker::raft
