#include "broker/raft/voters.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace klamm::broker::raft {
namespace {

/// The newest entry before `end`; null: there is none.
template <class Entries>
auto last_before(const Entries& in, offset end) -> decltype(&in.begin()->second) {
  const auto next = in.lower_bound(end);
  return next == in.begin() ? nullptr : &std::prev(next)->second;
}

template <class Entries>
void forget(Entries& in, offset start) {
  const auto kept = in.upper_bound(start);
  if (kept != in.begin()) in.erase(in.begin(), std::prev(kept));
}

}  // namespace

void voter::add_listener(listener_address at) {
  if (!listener.empty()) return others.push_back(std::move(at));
  listener = std::move(at.name);
  host = std::move(at.host);
  port = at.port;
}

const voter* find_voter(std::span<const voter> in, node_id id) {
  const auto found = std::ranges::find(in, id, &voter::id);
  return found == in.end() ? nullptr : &*found;
}

const voter* find_voter(std::span<const voter> in, const replica_key& replica) {
  const auto* const found = find_voter(in, replica.id);
  return found && found->is(replica) ? found : nullptr;
}

std::vector<voter> with_voter(std::span<const voter> in, voter added) {
  auto all = without_voter(in, added.id);
  all.insert(std::ranges::lower_bound(all, added.id, {}, &voter::id), std::move(added));
  return all;
}

std::vector<voter> without_voter(std::span<const voter> in, node_id removed) {
  std::vector<voter> rest(in.begin(), in.end());
  std::erase_if(rest, [&](const voter& v) { return v.id == removed; });
  return rest;
}

std::string describe(const replica_key& replica) {
  if (replica.directory.is_zero()) return fmt::format("{}", replica.id.value);
  return fmt::format("{} (directory {})", replica.id.value, to_string(replica.directory));
}

std::string describe(std::span<const voter> voters) {
  std::vector<std::string> names;
  names.reserve(voters.size());
  for (const auto& v : voters) names.push_back(describe(v.key()));
  return fmt::format("{}", fmt::join(names, ", "));
}

void voter_history::truncate_to(offset to) {
  voters_.erase(voters_.lower_bound(to), voters_.end());
  versions_.erase(versions_.lower_bound(to), versions_.end());
}

void voter_history::forget_below(offset start) {
  forget(voters_, start);
  forget(versions_, start);
}

void voter_history::clear() {
  voters_.clear();
  versions_.clear();
}

std::span<const voter> voter_history::voters() const {
  return voters_.empty() ? configured_ : voters_.rbegin()->second;
}

std::optional<offset> voter_history::voters_at() const {
  return voters_.empty() ? std::nullopt : std::optional(voters_.rbegin()->first);
}

std::int16_t voter_history::version() const {
  return versions_.empty() ? std::int16_t{0} : versions_.rbegin()->second;
}

voter_history::state voter_history::before(offset end) const {
  state out;
  if (const auto* const version = last_before(versions_, end)) out.version = *version;
  if (const auto* const voters = last_before(voters_, end)) out.voters = *voters;
  return out;
}

}  // namespace klamm::broker::raft
