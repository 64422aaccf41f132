#include "client/positions.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace klamm::client {

using phase = assigned_partition::phase;

positions::positions(const consumer_options& options, const connection_options& connection, broker_pool& pool,
                     metadata& known, offset_lookup& lookup, fetch_sink& sink, rng random,
                     fault_injector* faults)
    : options_(options),
      connection_(connection),
      pool_(pool),
      metadata_(known),
      lookup_(lookup),
      sink_(sink),
      random_(random),
      faults_(faults) {}

assigned_partition* positions::find(const topic_partition& at) {
  const auto found = all_.find(at);
  return found == all_.end() ? nullptr : &found->second;
}

void positions::assign(const topic_partition& at, bool ask_committed, instant now) {
  auto& p = all_[at] = {};
  p.epoch = sink_.assigned(at);
  if (!ask_committed)
    reset(at, p, {error_code::offset_out_of_range, "no position was given and auto_offset_reset is none"},
          now);
}

void positions::unassign(const topic_partition& at) {
  if (fires(faults_, "client.keep_revoked")) return;
  if (all_.erase(at) > 0) sink_.unassigned(at);
}

void positions::seek(const seek_command& to) {
  auto* p = find(to.at);
  if (!p || to.epoch <= p->epoch) return;
  const bool paused = p->paused;
  *p = {};
  p->epoch = to.epoch;
  p->paused = paused;
  p->target = to.to;
  if (const auto* o = std::get_if<offset>(&to.to)) {
    p->at = phase::fetch;
    p->position = *o;
    p->record_epoch = to.leader_epoch;
    sink_.positioned(to.at, p->epoch, *o, to.leader_epoch);
  } else {
    p->at = phase::reset;
  }
}

void positions::pause(const topic_partition& at, bool paused) {
  if (auto* p = find(at)) p->paused = paused;
}

std::vector<topic_partition> positions::take_uncommitted() {
  std::vector<topic_partition> out;
  for (auto& [at, p] : all_) {
    if (p.at != phase::committed || p.outstanding) continue;
    p.outstanding = true;
    out.push_back(at);
  }
  return out;
}

void positions::committed(const committed_offset& what, instant now) {
  auto* p = find(what.at);
  if (!p || p->at != phase::committed) return;
  p->outstanding = false;
  p->committed = what.next;
  if (what.next.value < 0)
    return reset(
        what.at, *p,
        {error_code::offset_out_of_range, "the group has committed no offset and auto_offset_reset is none"},
        now);
  p->at = phase::fetch;
  p->position = what.next;
  p->record_epoch = what.leader_epoch;
  sink_.positioned(what.at, p->epoch, p->position, p->record_epoch);
}

void positions::committed_failed(const topic_partition& at, const error& why) {
  if (auto* p = find(at); p && p->at == phase::committed) stop(at, why);
}

void positions::reset(const topic_partition& at, assigned_partition& p, const error& why, instant now) {
  p.outstanding = false;
  p.topic_id = uuid();  // the new place is in whichever topic there is then
  p.at = phase::reset;
  switch (options_.reset.to) {
    case reset_policy::kind::earliest: p.target = beginning{}; break;
    case reset_policy::kind::latest: p.target = end{}; break;
    case reset_policy::kind::by_duration:
      p.target = now.wall - std::chrono::duration_cast<millis>(options_.reset.back).count();
      break;
    case reset_policy::kind::none:
      stop(at, {why.code, fmt::format("no place to read \"{}\" partition {} from: {}", at.topic,
                                      at.partition.value, why.message)});
  }
}

void positions::stop(const topic_partition& at, const error& why) {
  auto* p = find(at);
  if (!p) return;
  p->at = phase::stopped;
  sink_.failed(at, p->epoch, why);
}

void positions::out_of_range(const topic_partition& at, instant now) {
  auto* p = find(at);
  if (!p || p->at != phase::fetch) return;
  reset(at, *p,
        {error_code::offset_out_of_range, fmt::format("offset {} is not in the log", p->position.value)},
        now);
}

void positions::truncated(const topic_partition& at, leader_epoch epoch, offset end) {
  auto* p = find(at);
  if (!p) return;
  if (end >= p->position) {
    // Nothing is lost: what is before the position was written under that epoch, and the next request says so.
    p->record_epoch = std::min(p->record_epoch, epoch);
    return;
  }
  if (options_.reset.to == reset_policy::kind::none)
    return stop(
        at, {error_code::offset_out_of_range,
             fmt::format(
                 "\"{}\" partition {} was truncated: records from offset {} to {} that were read are gone",
                 at.topic, at.partition.value, end.value, p->position.value - 1)});
  restart(at, *p, epoch, end);
}

/// What was fetched is dropped, and fetching goes on from `end` at the latest.
void positions::restart(const topic_partition& at, assigned_partition& p, leader_epoch epoch, offset end) {
  const auto start = sink_.truncated(at, p.epoch, end, epoch);
  if (!start) return;
  p.epoch = start->epoch;
  p.position = start->offset;
  p.record_epoch = start->leader_epoch;
  p.at = phase::fetch;
}

/// A topic that was deleted and made again is another one: all its records are new, even to a consumer that began at the end.
void positions::recreated(const topic_partition& at, assigned_partition& p) {
  p.validated = leader_epoch();
  p.outstanding = false;
  if (options_.reset.to != reset_policy::kind::none) return restart(at, p, leader_epoch(), offset(0));
  stop(at,
       {error_code::offset_out_of_range,
        fmt::format("\"{}\" was deleted and made again: offset {} of its partition {} was in the one before",
                    at.topic, p.position.value, at.partition.value)});
}

void positions::pump(instant now) {
  next_try_ = never;
  look_up(now);
  watch_topics();
  validate(now);
}

time_point positions::deadline() const { return next_try_; }

void positions::look_up(instant now) {
  std::vector<std::pair<topic_partition, place>> what;
  std::map<topic_partition, position_epoch> asked;
  for (auto& [at, p] : all_) {
    if (p.at != phase::reset || p.outstanding) continue;
    if (!p.retry.due(now.steady)) {
      next_try_ = std::min(next_try_, p.retry.at());
      continue;
    }
    p.outstanding = true;
    what.emplace_back(at, p.target);
    asked.emplace(at, p.epoch);
  }
  if (what.empty()) return;
  lookup_.find(
      what, after(now.steady, connection_.request_timeout),
      [this, asked = std::move(asked)](found_offsets found, instant when) { on_found(asked, found, when); });
}

void positions::on_found(const std::map<topic_partition, position_epoch>& asked, const found_offsets& found,
                         instant now) {
  for (const auto& [at, outcome] : found) {
    auto* p = find(at);
    if (!p || p->at != phase::reset || p->epoch != asked.at(at)) continue;
    p->outstanding = false;
    if (!outcome && (outcome.code() == error_code::timed_out || retriable(outcome.code()))) {
      p->retry.failed(connection_.retry, random_, now.steady);
    } else if (!outcome) {
      stop(at, outcome.failure());
    } else if (outcome->offset.value < 0) {
      p->target = end{};  // nothing is that late: what comes next is
    } else {
      p->at = phase::fetch;
      p->position = outcome->offset;
      p->record_epoch = outcome->leader_epoch;
      p->retry.succeeded();
      sink_.positioned(at, p->epoch, p->position, p->record_epoch);
    }
  }
}

void positions::watch_topics() {
  const auto& known = metadata_.now_known();
  topic_in_turn in_turn;
  for (auto& [at, p] : all_) {
    if (p.at != phase::fetch && p.at != phase::validate) continue;
    if (in_turn.turns_to(at.topic)) in_turn.found(known.find(at.topic));
    const auto* const topic = in_turn.view();
    if (!topic) continue;
    if (!topic->id.is_zero() && topic->id != p.topic_id) {
      const bool is_another = !std::exchange(p.topic_id, topic->id).is_zero();
      if (is_another) recreated(at, p);
    }
    const auto* partition = topic->find(at.partition);
    if (partition && partition->available() && p.at == phase::fetch) watch_epoch(p, *partition);
  }
}

/// A position that was reached under an older leader may not exist on the new one.
void positions::watch_epoch(assigned_partition& p, const partition_view& partition) {
  if (partition.leader_epoch <= p.validated) return;
  if (p.record_epoch.value < 0 || partition.leader_epoch <= p.record_epoch)
    p.validated = partition.leader_epoch;
  else
    p.at = phase::validate;
}

void positions::validate(instant now) {
  std::map<node_id, std::vector<topic_partition>> by_leader;
  for (auto& [at, p] : all_) {
    if (p.at != phase::validate || p.outstanding) continue;
    if (!p.retry.due(now.steady)) {
      next_try_ = std::min(next_try_, p.retry.at());
      continue;
    }
    const auto* topic = metadata_.now_known().find(at.topic);
    const auto* partition = topic ? topic->find(at.partition) : nullptr;
    if (!partition || !partition->available()) continue;
    p.outstanding = true;
    p.validated = partition->leader_epoch;
    by_leader[partition->leader].push_back(at);
  }
  for (const auto& [leader, which] : by_leader) send_validation(leader, which, now);
}

void positions::send_validation(node_id leader, const std::vector<topic_partition>& which, instant now) {
  std::map<topic_partition, position_epoch> asked;
  std::vector<std::pair<topic_partition, std::pair<leader_epoch, leader_epoch>>> what;
  for (const auto& at : which) {
    const auto& p = all_.at(at);
    asked.emplace(at, p.epoch);
    what.push_back({at, {p.validated, p.record_epoch}});
  }
  auto make = [what = std::move(what)](api_version) {
    wire::offset_for_leader_epoch_request request;
    request.replica_id = node_id(-1);
    for (const auto& [at, epochs] : what) {
      auto& topic = request.topics.emplace_back();
      topic.topic = at.topic;
      auto& partition = topic.partitions.emplace_back();
      partition.partition = at.partition;
      partition.current_leader_epoch = epochs.first;
      partition.leader_epoch = epochs.second;
    }
    return request;
  };
  auto done = [this, asked = std::move(asked)](answer<wire::offset_for_leader_epoch_response> came,
                                               instant at) { on_validation(asked, std::move(came), at); };
  pool_.call({leader}, make_call<wire::offset_for_leader_epoch_request>(
                           std::move(make), std::move(done), after(now.steady, connection_.request_timeout)));
}

void positions::on_validation(const std::map<topic_partition, position_epoch>& asked,
                              answer<wire::offset_for_leader_epoch_response> came, instant now) {
  // Brokers before 2.3 cannot tell: their answer, like an undefined epoch, proves no loss.
  const bool cannot_tell = !came.got && came.got.code() == error_code::unsupported_version;
  std::map<topic_partition, wire::offset_for_leader_epoch_response::epoch_end_offset> said;
  if (came.got)
    for (const auto& t : came.got->topics)
      for (const auto& e : t.partitions) said.emplace(topic_partition{std::string(t.topic), e.partition}, e);
  for (const auto& [at, epoch] : asked) {
    auto* p = find(at);
    if (!p || p->at != phase::validate || p->epoch != epoch) continue;
    p->outstanding = false;
    const auto entry = said.find(at);
    if (cannot_tell) {
      p->at = phase::fetch;
    } else if (entry == said.end() || entry->second.error_code != error_code::none) {
      p->retry.failed(connection_.retry, random_, now.steady);
      metadata_.stale();
      if (fires(faults_, "client.rewind_unproven")) truncated(at, p->record_epoch, offset(0));
    } else {
      p->at = phase::fetch;
      p->retry.succeeded();
      const auto& e = entry->second;
      if (e.end_offset.value >= 0 && e.leader_epoch.value >= 0) truncated(at, e.leader_epoch, e.end_offset);
    }
  }
}

}  // namespace klamm::client
