#include "tests/sim/history.hpp"

#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace klamm::sim {
namespace {

std::string place(const topic_partition& at) { return fmt::format("{}-{}", at.topic, at.partition.value); }

/// What was read: the values at each offset of each partition.
using contents = std::map<topic_partition, std::map<offset, std::set<history::value>>>;

}  // namespace

std::string_view name(anomaly_kind kind) {
  constexpr std::string_view names[] = {"lost",
                                        "unseen",
                                        "duplicate",
                                        "inconsistent offset",
                                        "phantom",
                                        "failed read",
                                        "nonmonotonic send",
                                        "nonmonotonic poll",
                                        "poll skip",
                                        "internal poll skip",
                                        "deleted read",
                                        "aborted read",
                                        "precommitted read",
                                        "write cycle",
                                        "read cycle"};
  return names[static_cast<std::size_t>(kind)];
}

void history::sent(int sender, const topic_partition& to, value what, transaction_number in) {
  const bool fresh = sends_.emplace(what, send{sender, to, sends_.size(), in}).second;
  assert(fresh);
  static_cast<void>(fresh);
}

void history::acknowledged(value what, offset at) {
  auto& send = sends_.at(what);
  send.outcome = fate::acknowledged;
  send.at = at;
}

void history::failed(value what, bool maybe_written) {
  if (!maybe_written) sends_.at(what).outcome = fate::failed;
}

void history::polled(const reading& how, const topic_partition& from, offset at, value what) {
  const auto writer = writer_of(what);
  const bool before_commit = writer != 0 && decided(writer) == decision::open;
  polls_.push_back({how, from, at, what, before_commit, kept_from(from)});
}

void history::asked_to_delete(const topic_partition& from, offset before) {
  auto& deletion = deletions_[from];
  if (before <= deletion.asked) return;
  deletion.asked = before;
  deletion.asked_before = sends_.size();
  for (auto& [_, send] : sends_)
    if (send.to == from && send.outcome == fate::unknown) send.untold_below = before;
}

void history::deleted(const topic_partition& from, offset before) {
  auto& done = deletions_[from].done;
  done = std::max(done, before);
}

void history::replica_began(const topic_partition& of, offset at) {
  auto& begun = deletions_[of].begun;
  begun = std::max(begun, at);
}

/// Of a value whose offset nobody knows: what was sent later lies behind all that was asked to be deleted.
std::uint64_t history::last_asked_before(const topic_partition& of) const {
  const auto found = deletions_.find(of);
  return found == deletions_.end() ? 0 : found->second.asked_before;
}

/// A copy of the value that lies lower may have another.
offset history::repeatable_below(value of) const {
  const auto send = sends_.find(of);
  if (send == sends_.end()) return offset(0);
  const auto deletion = deletions_.find(send->second.to);
  if (deletion == deletions_.end()) return offset(0);
  return std::min(send->second.untold_below, deletion->second.begun);
}

offset history::kept_from(const topic_partition& of) const {
  const auto found = deletions_.find(of);
  return found == deletions_.end() ? offset(0) : found->second.asked;
}

offset history::acknowledged_end(const topic_partition& of) const {
  offset end(0);
  for (const auto& [what, send] : sends_)
    if (send.to == of && send.outcome == fate::acknowledged) end = std::max(end, send.at + 1);
  return end;
}

std::size_t history::acknowledged_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      sends_, [](const auto& send) { return send.second.outcome == fate::acknowledged; }));
}

std::vector<anomaly> history::check(writes order) const {
  found out;
  check_polled_values(out);
  check_acknowledged(out);
  check_offsets(out);
  check_send_order(out);
  check_poll_order(out);
  check_deletions(out);
  check_isolation(out);
  check_cycles(order, out);
  return out;
}

void history::check_polled_values(found& out) const {
  std::set<value> told;
  for (const auto& poll : polls_) {
    const auto send = sends_.find(poll.what);
    const bool known = send != sends_.end() && send->second.to == poll.from;
    if (known && send->second.outcome != fate::failed) continue;
    if (!told.insert(poll.what).second) continue;
    const auto kind = known ? anomaly_kind::failed_read : anomaly_kind::phantom;
    out.push_back({kind, fmt::format("{} at {} offset {}", poll.what, place(poll.from), poll.at.value)});
  }
}

void history::check_acknowledged(found& out) const {
  std::set<value> seen;
  std::map<topic_partition, offset> last;
  for (const auto& poll : polls_) {
    seen.insert(poll.what);
    last[poll.from] = std::max(last[poll.from], poll.at);
  }
  for (const auto& [what, send] : sends_) {
    if (send.outcome != fate::acknowledged || seen.contains(what)) continue;
    if (send.in != 0 && decided(send.in) != decision::committed) continue;
    if (send.at.value >= 0 ? send.at < kept_from(send.to) : send.order < last_asked_before(send.to)) continue;
    const auto end = last.find(send.to);
    const bool inside = end != last.end() && send.at < end->second;
    out.push_back({inside ? anomaly_kind::lost : anomaly_kind::unseen,
                   fmt::format("{} of sender {}, acknowledged at {} offset {}", what, send.sender,
                               place(send.to), send.at.value)});
  }
}

void history::check_offsets(found& out) const {
  contents read;
  std::map<value, std::set<offset>> places;
  for (const auto& poll : polls_) {
    read[poll.from][poll.at].insert(poll.what);
    places[poll.what].insert(poll.at);
  }
  for (const auto& [what, offsets] : places) {
    const auto counted_from = repeatable_below(what);
    const auto counted = offsets.lower_bound(counted_from);
    if (std::distance(counted, offsets.end()) > 1)
      out.push_back({anomaly_kind::duplicate,
                     fmt::format("{} at offsets {} and {}", what, counted->value, offsets.rbegin()->value)});
    const auto send = sends_.find(what);
    const bool known = send != sends_.end() && send->second.outcome == fate::acknowledged &&
                       send->second.at.value >= 0 && send->second.at >= counted_from;
    if (known && !offsets.contains(send->second.at))
      out.push_back(
          {anomaly_kind::inconsistent_offset, fmt::format("{} acknowledged at offset {}, read at {}", what,
                                                          send->second.at.value, offsets.begin()->value)});
  }
  for (const auto& [from, by_offset] : read)
    for (const auto& [at, values] : by_offset)
      if (values.size() > 1)
        out.push_back(
            {anomaly_kind::inconsistent_offset, fmt::format("{} and {} both at {} offset {}", *values.begin(),
                                                            *values.rbegin(), place(from), at.value)});
}

void history::check_send_order(found& out) const {
  std::map<std::pair<int, topic_partition>, std::map<std::uint64_t, std::pair<value, offset>>> by_sender;
  for (const auto& [what, send] : sends_)
    if (send.outcome == fate::acknowledged && send.at.value >= 0)
      by_sender[{send.sender, send.to}][send.order] = {what, send.at};
  for (const auto& [from, in_order] : by_sender) {
    const std::pair<value, offset>* before = nullptr;
    for (const auto& [_, one] : in_order) {
      const bool written_again = before && repeatable_below(before->first) > offset(0);
      if (before && !written_again && one.second <= before->second)
        out.push_back(
            {anomaly_kind::nonmonotonic_send,
             fmt::format("sender {} to {}: {} at offset {}, then {} at {}", from.first, place(from.second),
                         before->first, before->second.value, one.first, one.second.value)});
      before = &one;
    }
  }
}

void history::check_poll_order(found& out) const {
  contents read;
  for (const auto& poll : polls_) read[poll.from][poll.at].insert(poll.what);
  struct progress {
    reading how;
    offset at;
  };
  std::map<std::pair<int, topic_partition>, progress> readers;
  for (const auto& poll : polls_) {
    const progress now{poll.how, poll.at};
    auto [entry, fresh] = readers.try_emplace({poll.how.reader, poll.from}, now);
    const auto before = std::exchange(entry->second, now);
    if (fresh || before.how.life != poll.how.life) continue;
    const auto where = [&] {
      return fmt::format("reader {} of {}: offset {}, then {}", poll.how.reader, place(poll.from),
                         before.at.value, poll.at.value);
    };
    const bool in_one_poll = poll.how.poll != 0 && before.how.poll == poll.how.poll;
    if (poll.at <= before.at)
      out.push_back({anomaly_kind::nonmonotonic_poll, where()});
    else if (const auto next = std::max(before.at + 1, poll.kept_from);
             next < poll.at && read[poll.from].lower_bound(next)->first < poll.at)
      out.push_back({in_one_poll ? anomaly_kind::internal_poll_skip : anomaly_kind::poll_skip, where()});
  }
}

void history::check_deletions(found& out) const {
  for (const auto& poll : polls_) {
    const auto reader = deleted_before_.find(poll.how.reader);
    if (reader == deleted_before_.end()) continue;
    const auto deletion = reader->second.find(poll.from);
    if (deletion == reader->second.end() || poll.at >= deletion->second.done) continue;
    out.push_back(
        {anomaly_kind::deleted_read,
         fmt::format("{} at {} offset {} by reader {}, which came when all below {} was deleted", poll.what,
                     place(poll.from), poll.at.value, poll.how.reader, deletion->second.done.value)});
  }
}

}  // namespace klamm::sim
