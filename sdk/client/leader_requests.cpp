#include "client/leader_requests.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace klamm::client {
namespace {

/// How long a topic may be unknown that was perhaps created a moment ago.
constexpr duration unknown_patience = millis(5000);

}  // namespace

leader_requests::job& leader_requests::add(std::string_view wanted, const std::vector<topic_partition>& of,
                                           time_point deadline) {
  auto& j = jobs_.emplace_back();
  j.id = next_id_++;
  j.wanted = wanted;
  j.deadline = deadline;
  j.items.resize(of.size());
  for (std::size_t n = 0; n < of.size(); ++n) j.items[n].at = of[n];
  return j;
}

bool leader_requests::pump(instant now) {
  next_try_ = never;
  bool ended = false;
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    auto& job = *at;
    if (now.steady >= job.deadline)
      for (auto& i : job.items) give_up(i, job.wanted);
    ask(job, now);
    if (std::ranges::all_of(job.items, [](const item& i) { return i.state >= item::told; })) {
      auto finished = std::move(job);
      at = jobs_.erase(at);
      finished.done(std::move(finished.items), now);
      ended = true;
      continue;
    }
    next_try_ = std::min(next_try_, job.deadline);
    ++at;
  }
  return ended;
}

void leader_requests::give_up(item& of, std::string_view wanted) {
  if (of.state >= item::told) return;
  of.state = item::failed;
  if (!of.why)
    of.why = error(error_code::timed_out, fmt::format("no {} \"{}\" partition {} in time", wanted,
                                                      of.at.topic, of.at.partition.value));
}

void leader_requests::fail_all(const error& why, instant now) {
  while (!jobs_.empty()) {
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    for (auto& i : job.items)
      if (i.state < item::told) i.state = item::failed, i.why = why;
    job.done(std::move(job.items), now);
  }
}

void leader_requests::ask(job& of, instant now) {
  std::map<node_id, places> by_leader;
  for (std::size_t n = 0; n < of.items.size(); ++n) {
    auto& i = of.items[n];
    if (i.state != item::open) continue;
    if (!i.retry.due(now.steady)) {
      next_try_ = std::min(next_try_, i.retry.at());
      continue;
    }
    metadata_.want(i.at.topic, now);
    const auto* topic = metadata_.now_known().find(i.at.topic);
    if (topic && topic->error != error_code::none) {
      wait_for_topic(i, of.wanted, topic->error, now);
      continue;
    }
    const auto* partition = topic ? topic->find(i.at.partition) : nullptr;
    if (topic && !partition) wait_for_topic(i, of.wanted, error_code::unknown_topic_or_partition, now);
    if (partition && partition->available()) by_leader[partition->leader].push_back(n);
  }
  for (const auto& [leader, which] : by_leader) {
    for (const auto n : which) of.items[n].state = item::asked;
    of.send(leader, which, after(now.steady, options_.request_timeout));
  }
}

/// What the metadata says may pass; a wrong name does not, and need not use up the whole time.
void leader_requests::wait_for_topic(item& of, std::string_view wanted, error_code why, instant now) {
  of.why = error(why, fmt::format("no {} \"{}\" partition {}: {}", wanted, of.at.topic, of.at.partition.value,
                                  describe(why)));
  if (!of.unknown_since) of.unknown_since = now.steady;
  if (!retriable(why) || now.steady >= after(*of.unknown_since, unknown_patience)) {
    of.state = item::failed;
    return;
  }
  metadata_.stale();
  of.retry.failed(options_.retry, random_, now.steady);
  next_try_ = std::min(next_try_, of.retry.at());
}

void leader_requests::on_answer(std::uint64_t job_id, std::size_t place, std::optional<error> why,
                                instant now) {
  const auto job = std::ranges::find(jobs_, job_id, &job::id);
  if (job == jobs_.end()) return;
  auto& of = job->items[place];
  if (of.state != item::asked) return;
  if (!why)
    of.state = item::told;
  else
    again(of, *std::move(why), now);
}

void leader_requests::again(item& of, error why, instant now) {
  const bool passing = retriable(why.code) || why.code == error_code::timed_out;
  of.state = passing ? item::open : item::failed;
  if (passing) of.retry.failed(options_.retry, random_, now.steady);
  if (passing && (refreshes_metadata(why.code) || why.code == error_code::disconnected ||
                  why.code == error_code::connect_failed))
    metadata_.stale();
  of.why = std::move(why);
}

}  // namespace klamm::client
