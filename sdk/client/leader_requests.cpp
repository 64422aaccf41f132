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
                                           const std::vector<asking>& effects, time_point deadline) {
  auto& j = jobs_.emplace_back();
  j.id = next_id_++;
  j.wanted = wanted;
  j.deadline = deadline;
  j.items.resize(of.size());
  for (std::size_t n = 0; n < of.size(); ++n) {
    j.items[n].at = of[n];
    if (!effects.empty()) j.items[n].effect = effects[n];
  }
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
  of.maybe_done = of.maybe_done || of.state == item::asked;
  of.state = item::failed;
  if (!of.why)
    of.why = error(error_code::timed_out, fmt::format("no {} \"{}\" partition {} in time", wanted,
                                                      of.at.topic, of.at.partition.value));
  say_what_may_be_done(of);
}

void leader_requests::say_what_may_be_done(item& of) {
  of.why->maybe_written = of.maybe_done && of.effect != asking::reads;
  if (*of.why->maybe_written) of.why->message += "; it may have been carried out";
}

void leader_requests::fail_all(const error& why, instant now) {
  while (!jobs_.empty()) {
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    for (auto& i : job.items) {
      if (i.state >= item::told) continue;
      i.why = why;
      give_up(i, job.wanted);
    }
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
    of.send(leader, which, now, std::min(options_.request_timeout, of.deadline - now.steady));
  }
}

/// What the metadata says may pass; a wrong name does not, and need not use up the whole time.
void leader_requests::wait_for_topic(item& of, std::string_view wanted, error_code why, instant now) {
  of.why = error(why, fmt::format("no {} \"{}\" partition {}: {}", wanted, of.at.topic, of.at.partition.value,
                                  describe(why)));
  if (!of.unknown_since) of.unknown_since = now.steady;
  if (!retriable(why) || now.steady >= after(*of.unknown_since, unknown_patience)) {
    of.state = item::failed;
    return say_what_may_be_done(of);
  }
  metadata_.stale();
  of.retry.failed(options_.retry, random_, now.steady);
  next_try_ = std::min(next_try_, of.retry.at());
}

void leader_requests::on_answer(std::uint64_t job_id, std::size_t place, std::optional<error> why,
                                bool written, instant now) {
  const auto job = std::ranges::find(jobs_, job_id, &job::id);
  if (job == jobs_.end()) return;
  auto& of = job->items[place];
  if (of.state != item::asked) return;
  of.maybe_done = of.maybe_done || written;
  if (!why)
    of.state = item::told;
  else
    again(of, *std::move(why), now);
}

void leader_requests::again(item& of, error why, instant now) {
  const bool passing = (retriable(why.code) || why.code == error_code::timed_out) &&
                       !(of.maybe_done && of.effect == asking::changes_once);
  of.state = passing ? item::open : item::failed;
  if (passing) of.retry.failed(options_.retry, random_, now.steady);
  if (refreshes_metadata(why.code) || why.code == error_code::disconnected ||
      why.code == error_code::connect_failed)
    metadata_.stale();
  of.why = std::move(why);
  if (!passing) say_what_may_be_done(of);
}

}  // namespace klamm::client
