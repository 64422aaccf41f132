#include "tests/sim/cluster/nemesis.hpp"

#include <array>

#include "tests/sim/cluster/admin_process.hpp"

namespace klamm::sim {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
constexpr std::string_view commit_parked = "group.reply_before_commit";
}

void nemesis::begin() {
  stage_.net.conditions = stage_.how.weather;
  stage_.wrong.share = stage_.how.wrong_answers;
  later(2 * stage_.how.calm, [this] { strike(); });
  if (stage_.how.bits_turn) later(seconds(3), [this] { rot(); });
  if (stage_.how.power_cuts) stage_.faults.watch(commit_parked, [this] { cut_power_behind_commit(); });
}

void nemesis::end() {
  ended_ = true;
  stage_.wrong.share = 0;
  make_anew();
  stage_.faults.watch(commit_parked, {});
}

void nemesis::later(duration most, world::action then) {
  stage_.time.in(stage_.time.between(duration(0), most), std::move(then));
}

void nemesis::strike() {
  if (ended_) return;
  using blow = void (nemesis::*)();
  static constexpr std::array<blow, 11> blows{
      &nemesis::crash_broker,   &nemesis::crash_broker, &nemesis::stop_broker,    &nemesis::break_disk,
      &nemesis::partition,      &nemesis::pause,        &nemesis::crash_producer, &nemesis::disturb_member,
      &nemesis::disturb_member, &nemesis::jump_clock,   &nemesis::administer};
  static constexpr std::array<blow, 29> cluster_blows{
      &nemesis::crash_broker, &nemesis::crash_leader, &nemesis::crash_leader,   &nemesis::crash_all,
      &nemesis::isolate,      &nemesis::isolate,      &nemesis::isolate,        &nemesis::flap,
      &nemesis::depose,       &nemesis::depose,       &nemesis::depose,         &nemesis::depose,
      &nemesis::depose,       &nemesis::depose,       &nemesis::depose,         &nemesis::stop_broker,
      &nemesis::slow_disk,    &nemesis::break_disk,   &nemesis::partition,      &nemesis::pause,
      &nemesis::pause,        &nemesis::crash_broker, &nemesis::crash_producer, &nemesis::disturb_member,
      &nemesis::jump_clock,   &nemesis::administer,   &nemesis::administer,     &nemesis::administer,
      &nemesis::administer};
  const auto which = [this](const auto& of) { return of[stage_.time.random().below(of.size())]; };
  (this->*(stage_.how.nodes > 1 ? which(cluster_blows) : which(blows)))();
  later(2 * stage_.how.calm, [this] { strike(); });
}

void nemesis::crash_broker() { crash(*any(victim_.brokers_)); }

void nemesis::crash(broker_host& broker) {
  if (rots()) return;
  auto& random = stage_.time.random();
  const auto how = stage_.how.power_cuts && random.chance(0.6) ? crash::power : crash::kill;
  if (random.chance(0.75))
    broker.crash_in_a_write(how);
  else
    broker.crash(how);
  bring_back(broker);
}

/// A commit is on its way to the disk: whoever was told of it too early would have been told of nothing.
void nemesis::cut_power_behind_commit() {
  if (!stage_.time.random().chance(0.01) || rots()) return;
  later(milliseconds(8), [this] {
    auto& broker = *any(victim_.brokers_);
    if (ended_ || !broker.up() || rots()) return;
    stage_.seen.count("power cuts behind a commit");
    broker.crash(crash::power);
    bring_back(broker);
  });
}

void nemesis::bring_back(broker_host& broker) {
  later(seconds(2), [this, &broker] {
    if (ended_) return;
    broker.mend_disk();
    if (!broker.up()) broker.start();
  });
}

void nemesis::break_disk() {
  if (rots()) return;
  stage_.seen.count("disks broken");
  auto& broker = *any(victim_.brokers_);
  broker.break_disk();
  bring_back(broker);
}

void nemesis::stop_broker() {
  if (rots()) return;
  auto& broker = *any(victim_.brokers_);
  broker.stop();
  bring_back(broker);
}

void nemesis::partition() {
  stage_.seen.count("partitions");
  const auto one = any_client(), other = any_broker();
  const auto ways = stage_.time.random().below(3);  // there, back, or both
  if (ways != 1) stage_.net.block(one, other);
  if (ways != 0) stage_.net.block(other, one);
  later(seconds(8), [this] { stage_.net.heal(); });
}

void nemesis::pause() {
  stage_.seen.count("pauses");
  const auto whom = stage_.time.random().chance(0.3) ? any_broker() : any_client();
  stage_.net.pause(whom,
                   stage_.time.between(milliseconds(10), seconds(stage_.time.random().chance(0.3) ? 9 : 1)));
}

void nemesis::crash_producer() {
  auto& host = any(victim_.producers_);
  if (!host.runs) return;
  stage_.seen.count("producers killed");
  victim_.stop(host);
  later(seconds(2), [this, &host] {
    if (!ended_ && !host.runs) victim_.start_producer(host);
  });
}

/// Members come, go in good order, and die.
void nemesis::disturb_member() {
  auto& host = any(victim_.members_);
  if (!host.runs) return victim_.start_member(host);
  if (stage_.time.random().chance(0.5)) return host.runs->leave();
  stage_.seen.count("members killed");
  victim_.stop(host);
}

void nemesis::jump_clock() {
  stage_.seen.count("clock jumps");
  stage_.time.jump_wall_clock(
      std::chrono::duration_cast<millis>(stage_.time.between(-seconds(30), seconds(30))));
}

void nemesis::administer() {
  if (victim_.admin_.runs) victim_.admin_.runs->administer();
}

host_id nemesis::any_client() {
  const auto which = stage_.time.random().below(victim_.producers_.size() + victim_.members_.size());
  if (which < victim_.producers_.size()) return victim_.producers_[which].id;
  return victim_.members_[which - victim_.producers_.size()].id;
}

}  // namespace klamm::sim
