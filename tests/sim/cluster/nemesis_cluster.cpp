// What strikes a cluster besides: its leaders, the ways between its nodes, all of it at once.
#include "tests/sim/cluster/nemesis.hpp"

namespace klamm::sim {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Who leads the quorum or a partition, more often than chance would have it.
broker_host& nemesis::leader_or_any() {
  const auto partition = any_partition();
  if (stage_.time.random().chance(0.4)) {
    for (auto& broker : victim_.brokers_)
      if (broker->leads_quorum()) return *broker;
  } else if (auto* const leader = leader_of(partition)) {
    return *leader;
  }
  return *any(victim_.brokers_);
}

topic_partition nemesis::any_partition() {
  const auto all = static_cast<std::uint64_t>(stage_.how.partitions);
  return stage_.partition(static_cast<int>(stage_.time.random().below(all)));
}

broker_host* nemesis::leader_of(const topic_partition& partition) {
  for (auto& broker : victim_.brokers_)
    if (broker->leads(partition)) return broker.get();
  return nullptr;
}

void nemesis::crash_leader() { crash(leader_or_any()); }

/// Of the whole room: what was acknowledged is on the disks, or was in what the operating systems keep.
void nemesis::crash_all() {
  if (rots()) return;
  stage_.seen.count("whole clusters crashed");
  const bool power = stage_.how.power_cuts;
  const auto spared = stage_.time.random().below(victim_.brokers_.size() + 1);  // or nobody
  for (std::size_t i = 0; i < victim_.brokers_.size(); ++i) {
    if (i == spared) continue;
    victim_.brokers_[i]->crash(power ? crash::power : crash::kill);
    bring_back(*victim_.brokers_[i]);
  }
}

/// From the other nodes, but for a bridge, which still reaches both sides.
void nemesis::cut_off(host_id one, ways which, host_id bridge) {
  for (const auto& other : victim_.brokers_) {
    if (other->id() == one || other->id() == bridge) continue;
    if (which != ways::in) stage_.net.block(one, other->id());
    if (which != ways::out) stage_.net.block(other->id(), one);
  }
}

nemesis::ways nemesis::any_ways() {
  auto& random = stage_.time.random();
  if (random.chance(0.6)) return ways::both;
  return random.chance(0.5) ? ways::out : ways::in;
}

void nemesis::isolate() {
  stage_.seen.count("brokers cut off");
  auto& random = stage_.time.random();
  // Drawn one after the other: within one call the compiler would choose the order.
  const auto bridge = random.chance(0.3) ? any_broker() : host_id();
  const auto which = any_ways();
  cut_off(leader_or_any().id(), which, bridge);
  later(seconds(random.chance(0.5) ? 3 : 8), [this] { stage_.net.heal(); });
}

/// A leader that clients still reach, and no other broker, until another leads: what it took meanwhile has to go.
void nemesis::depose() {
  auto* const leader = leader_of(any_partition());
  if (!leader) return;
  stage_.seen.count("leaders cut off");
  cut_off(leader->id(), ways::both);
  const auto session = stage_.how.times.broker_session;
  stage_.time.in(stage_.time.between(session, 3 * session), [this] { stage_.net.heal(); });
}

void nemesis::flap() {
  stage_.seen.count("flapping partitions");
  const auto whom = leader_or_any().id();
  for (int i = 0; i < 6; ++i)
    stage_.time.in(i * milliseconds(300), [this, whom, i] {
      if (ended_ || i % 2 == 1) return stage_.net.heal();
      cut_off(whom, any_ways());
    });
}

void nemesis::slow_disk() {
  stage_.seen.count("slow disks");
  auto& broker = leader_or_any();
  broker.slow_disk();
  later(seconds(4), [&broker] { broker.mend_disk(); });
}

}  // namespace klamm::sim
