// What strikes a cluster besides: its leaders, the ways between its nodes, all of it at once.
#include "tests/sim/cluster/admin_process.hpp"
#include "tests/sim/cluster/nemesis.hpp"

namespace klamm::sim {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Who leads the quorum or a partition, more often than chance would have it.
broker_host& nemesis::leader_or_any() {
  auto& random = stage_.time.random();
  const auto partition =
      stage_.partition(static_cast<int>(random.below(static_cast<std::uint64_t>(stage_.how.partitions))));
  const bool of_quorum = random.chance(0.4);
  for (auto& broker : victim_.brokers_)
    if (of_quorum ? broker->leads_quorum() : broker->leads(partition)) return *broker;
  return *any(victim_.brokers_);
}

void nemesis::crash_leader() { crash(leader_or_any()); }

/// Of the whole room: what was acknowledged is on the disks, or was in what the operating systems keep.
void nemesis::crash_all() {
  stage_.seen.count("whole clusters crashed");
  const bool power = stage_.how.power_cuts;
  const auto spared = stage_.time.random().below(victim_.brokers_.size() + 1);  // or nobody
  for (std::size_t i = 0; i < victim_.brokers_.size(); ++i) {
    if (i == spared) continue;
    victim_.brokers_[i]->crash(power ? crash::power : crash::kill);
    bring_back(*victim_.brokers_[i]);
  }
}

/// One way or both; bridged: one other node still reaches both sides.
void nemesis::cut_off(host_id one, bool bridged) {
  auto& random = stage_.time.random();
  const auto bridge = bridged ? any_broker() : host_id();
  const auto ways = random.chance(0.6) ? 2 : random.below(2);
  for (const auto& other : victim_.brokers_) {
    if (other->id() == one || other->id() == bridge) continue;
    if (ways != 1) stage_.net.block(one, other->id());
    if (ways != 0) stage_.net.block(other->id(), one);
  }
}

void nemesis::isolate() {
  stage_.seen.count("brokers cut off");
  auto& random = stage_.time.random();
  const bool bridged = random.chance(0.3);  // drawn before whom: within one call the compiler chooses
  cut_off(leader_or_any().id(), bridged);
  later(seconds(random.chance(0.5) ? 3 : 8), [this] { stage_.net.heal(); });
}

void nemesis::flap() {
  stage_.seen.count("flapping partitions");
  const auto whom = leader_or_any().id();
  for (int i = 0; i < 6; ++i)
    stage_.time.in(i * milliseconds(300), [this, whom, i] {
      if (ended_ || i % 2 == 1) return stage_.net.heal();
      cut_off(whom, false);
    });
}

void nemesis::slow_disk() {
  stage_.seen.count("slow disks");
  auto& broker = leader_or_any();
  broker.slow_disk();
  later(seconds(4), [&broker] { broker.mend_disk(); });
}

void nemesis::administer() {
  if (victim_.admin_.runs) victim_.admin_.runs->administer();
}

}  // namespace klamm::sim
