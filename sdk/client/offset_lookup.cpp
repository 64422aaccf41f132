#include "client/offset_lookup.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::client {
namespace {

/// How long a topic may be unknown that was perhaps created a moment ago.
constexpr duration unknown_patience = millis(5000);

timestamp on_the_wire(const place& where) {
  if (std::holds_alternative<beginning>(where)) return timestamp(-2);
  if (std::holds_alternative<end>(where)) return timestamp(-1);
  if (std::holds_alternative<newest>(where)) return timestamp(-3);  // KIP-734
  return std::get<timestamp>(where);
}

const wire::list_offsets_response::list_offsets_partition_response* find_in(
    const wire::list_offsets_response& said, const topic_partition& at) {
  for (const auto& t : said.topics)
    for (const auto& p : t.partitions)
      if (t.name == at.topic && p.partition_index == at.partition) return &p;
  return nullptr;
}

}  // namespace

void offset_lookup::find(const std::vector<std::pair<topic_partition, place>>& what, time_point deadline,
                         handler done) {
  auto& job = jobs_.emplace_back();
  job.id = next_id_++;
  job.deadline = deadline;
  job.done = std::move(done);
  for (const auto& [at, where] : what) {
    auto& i = job.items.emplace_back();
    i.at = at;
    i.where = where;
    if (const auto* o = std::get_if<offset>(&where)) i.outcome = offset_at_time{*o, {}, {}};
  }
}

bool offset_lookup::pump(instant now) {
  next_try_ = never;
  bool ended = false;
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    auto& job = *at;
    if (now.steady >= job.deadline)
      for (auto& i : job.items) give_up(i);
    ask(job, now);
    if (std::ranges::all_of(job.items, [](const item& i) { return i.outcome.has_value(); })) {
      auto finished = std::move(job);
      at = jobs_.erase(at);
      finish(std::move(finished), now);
      ended = true;
      continue;
    }
    next_try_ = std::min(next_try_, job.deadline);
    ++at;
  }
  return ended;
}

void offset_lookup::give_up(item& of) {
  if (of.outcome) return;
  of.outcome = of.last ? *of.last
                       : error(error_code::timed_out, fmt::format("no offset of \"{}\" partition {} in time",
                                                                  of.at.topic, of.at.partition.value));
}

void offset_lookup::finish(job of, instant now) {
  found_offsets out;
  for (auto& i : of.items) out.emplace_back(std::move(i.at), std::move(*i.outcome));
  of.done(std::move(out), now);
}

void offset_lookup::fail_all(const error& why, instant now) {
  while (!jobs_.empty()) {
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    for (auto& i : job.items)
      if (!i.outcome) i.outcome = why;
    finish(std::move(job), now);
  }
}

time_point offset_lookup::deadline() const { return next_try_; }

void offset_lookup::ask(job& of, instant now) {
  std::map<node_id, std::vector<std::size_t>> by_leader;
  for (std::size_t n = 0; n < of.items.size(); ++n) {
    auto& i = of.items[n];
    if (i.outcome || i.outstanding) continue;
    if (!i.retry.due(now.steady)) {
      next_try_ = std::min(next_try_, i.retry.at());
      continue;
    }
    metadata_.want(i.at.topic, now);
    const auto* topic = metadata_.now_known().find(i.at.topic);
    if (topic && topic->error != error_code::none) {
      wait_for_topic(i, topic->error, now);
      continue;
    }
    const auto* partition = topic ? topic->find(i.at.partition) : nullptr;
    if (topic && !partition) wait_for_topic(i, error_code::unknown_topic_or_partition, now);
    if (partition && partition->available()) by_leader[partition->leader].push_back(n);
  }
  for (const auto& [leader, which] : by_leader) send(of, leader, which, now);
}

/// What the metadata says may pass; a wrong name does not, and need not use up the whole time.
void offset_lookup::wait_for_topic(item& of, error_code why, instant now) {
  of.last = error(why, fmt::format("no offset of \"{}\" partition {}: {}", of.at.topic, of.at.partition.value,
                                   describe(why)));
  if (!of.unknown_since) of.unknown_since = now.steady;
  if (!retriable(why) || now.steady >= after(*of.unknown_since, unknown_patience)) {
    of.outcome = of.last;
    return;
  }
  metadata_.stale();
  of.retry.failed(options_.retry, random_, now.steady);
  next_try_ = std::min(next_try_, of.retry.at());
}

void offset_lookup::send(job& of, node_id leader, const std::vector<std::size_t>& which, instant now) {
  wire::list_offsets_request request;
  request.replica_id = node_id(-1);
  request.isolation_level = static_cast<std::int8_t>(level_);
  request.timeout_ms = std::chrono::duration_cast<millis>(options_.request_timeout);
  // The items stay where they are until the job ends, and the job outlives the encoding unless nothing is sent.
  std::vector<std::pair<topic_partition, timestamp>> what;
  for (const auto n : which) {
    of.items[n].outstanding = true;
    what.emplace_back(of.items[n].at, on_the_wire(of.items[n].where));
  }
  auto make = [request = std::move(request), what = std::move(what)](api_version) mutable {
    for (const auto& [at, when] : what) {
      auto& topic = request.topics.emplace_back();
      topic.name = at.topic;
      auto& partition = topic.partitions.emplace_back();
      partition.partition_index = at.partition;
      partition.timestamp = when;
    }
    return request;
  };
  auto done = [this, id = of.id, which](answered came, instant at) {
    on_answer(id, which, std::move(came), at);
  };
  pool_.call({leader}, make_call<wire::list_offsets_request>(std::move(make), std::move(done),
                                                             after(now.steady, options_.request_timeout)));
}

void offset_lookup::on_answer(std::uint64_t job_id, const std::vector<std::size_t>& which, answered came,
                              instant now) {
  const auto job = std::ranges::find(jobs_, job_id, &job::id);
  if (job == jobs_.end()) return;
  for (const auto n : which) {
    job->items[n].outstanding = false;
    settle(job->items[n], came, now);
  }
}

void offset_lookup::settle(item& of, const answered& came, instant now) {
  if (!came.got) return again(of, came.got.failure(), now);
  const auto* said = find_in(*came.got, of.at);
  if (!said) return again(of, {error_code::disconnected, "the answer leaves the partition out"}, now);
  if (said->error_code == error_code::none)
    of.outcome = offset_at_time{said->offset, said->timestamp, said->leader_epoch};
  else
    again(of,
          {said->error_code, fmt::format("no offset of \"{}\" partition {}: the leader answered {}",
                                         of.at.topic, of.at.partition.value, name(said->error_code))},
          now);
}

void offset_lookup::again(item& of, const error& why, instant now) {
  const bool passing = retriable(why.code) || why.code == error_code::timed_out;
  if (!passing) {
    of.outcome = why;
    return;
  }
  if (refreshes_metadata(why.code) || why.code == error_code::disconnected ||
      why.code == error_code::connect_failed)
    metadata_.stale();
  of.last = why;
  of.retry.failed(options_.retry, random_, now.steady);
}

}  // namespace klamm::client
