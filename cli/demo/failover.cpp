#include "cli/demo/failover.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

namespace klamm::cli::demo {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Between two questions to the cluster, which is busy.
constexpr milliseconds pace{100};

void pause(const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, pace, [] { return false; });
}

std::vector<Partition> led_by(NodeId node, const TopicDescription& topic) {
  std::vector<Partition> all;
  for (const auto& p : topic.partitions)
    if (p.leader == node) all.push_back(p.partition);
  return all;
}

}  // namespace

TopicDescription failover::describe() { return *admin_.describe_topics({topic_})[topic_]; }

void failover::wait_until_all(const condition& holds) {
  while (!stop_.stop_requested()) {
    // A broker that has just come back may not know the topic yet.
    const auto described = admin_.describe_topics({topic_}, as_result);
    if (described)
      if (const auto& topic = (*described)[topic_]; topic && std::ranges::all_of(topic->partitions, holds))
        return;
    pause(stop_);
  }
}

void failover::run() {
  const auto topic = describe();
  const auto victim = topic.partitions.front().leader;
  const auto lost = led_by(victim, topic);
  silence_.lost_leader(lost);
  const auto killed = steady_clock::now();
  brokers_.kill(victim);
  say_(fmt::format("broker {}, leader of {} partitions, killed with -9", victim.value, lost.size()));
  wait_until_all([&](const auto& p) { return p.leader.value >= 0 && p.leader != victim; });
  silence_.elected();
  const auto silent = silence_.wait_until_over(stop_);
  if (stop_.stop_requested()) return;
  say_(fmt::format(
      "failover: its partitions were acknowledged again after {} ms (a broker is missed after {} ms)",
      silent.count(), broker_cluster::session_timeout.count()));
  const auto took = brokers_.restart(victim);
  const auto back = steady_clock::now();
  wait_until_all([](const auto& p) { return p.in_sync.size() == p.replicas.size(); });
  if (stop_.stop_requested()) return;
  say_(fmt::format(
      "broker {} serves again {} ms after its start, and is in sync {} ms later ({:.1f} s after the kill)",
      victim.value, took.count(), duration_cast<milliseconds>(steady_clock::now() - back).count(),
      std::chrono::duration<double>(steady_clock::now() - killed).count()));
}

}  // namespace klamm::cli::demo
