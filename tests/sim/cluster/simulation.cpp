#include "tests/sim/cluster/simulation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/cluster/admin_process.hpp"
#include "tests/sim/cluster/nemesis.hpp"

namespace klamm::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr duration boot_limit = seconds(20);
/// Progress within 20 s of healing (RELIABILITY), behind what a member that died may still hold its session for.
constexpr duration heal_limit = seconds(20);
constexpr duration drain_limit = seconds(40);
constexpr duration look_again = milliseconds(20);

std::string moment(const stage& at) {
  return fmt::format("at {} ms", at.time.now().steady.time_since_epoch() / milliseconds(1));
}

}  // namespace

simulation::simulation(std::uint64_t seed, std::vector<std::string> planted, log_sink& log,
                       const std::function<void(scenario&)>& change)
    : stage_(seed) {
  for (const auto& name : planted) stage_.faults.plant(name);
  stage_.log = &log;
  if (change) change(stage_.how);
  for (int i = 0; i < stage_.how.nodes + stage_.how.controllers_alone; ++i)
    brokers_.push_back(std::make_unique<broker_host>(stage_, i + 1));
  for (int i = 0; i < stage_.how.producers; ++i)
    producers_.push_back({stage_.net.add_host(fmt::format("producer{}", i + 1)), nullptr});
  for (int i = 0; i < stage_.how.members; ++i)
    members_.push_back({stage_.net.add_host(fmt::format("member{}", i + 1)), nullptr});
  drain_.id = stage_.net.add_host("drain");
}

simulation::~simulation() = default;

outcome simulation::run() {
  if (boot()) {
    storm();
    if (heal() && drain()) verdict();
  }
  for (auto& host : members_)
    if (host.runs) stop(host);
  if (drain_.runs) stop(drain_);
  if (admin_.runs) stop(admin_);
  failures_.insert(failures_.end(), reader_faults_.begin(), reader_faults_.end());
  failures_.insert(failures_.end(), stage_.failures.begin(), stage_.failures.end());
  failures_.insert(failures_.end(), stage_.group.faults().begin(), stage_.group.faults().end());
  if (const auto& who = stage_.net.spinning(); !who.empty())
    failures_.push_back(fmt::format("spins: {} asks for ticks without end", who));
  const auto watched = stage_.watch.failures();
  failures_.insert(failures_.end(), watched.begin(), watched.end());
  count_errors();
  auto& seen = stage_.seen;
  if (stage_.how.nodes > 1) seen.count("clusters of several nodes");
  if (stage_.how.nodes > 3) seen.count("clusters of more than three");
  if (stage_.how.controllers_alone > 0) seen.count("clusters with controllers alone");
  seen.count("connections", stage_.net.counts.connections);
  seen.count("resets", stage_.net.counts.resets);
  seen.count("connections refused", stage_.net.counts.refused);
  seen.count("pieces held by partitions", stage_.net.counts.held_by_partition);
  for (const auto& bug : planted_bugs())
    if (const auto at = stage_.faults.reached().find(bug.name); at != stage_.faults.reached().end())
      seen.count(bug.counted_as, at->second);
  return {stage_.time.trace_hash(), stage_.time.events(), failures_, seen};
}

void simulation::count_errors() {
  for (const auto& broker : brokers_) {
    const auto& of = broker->disk().counts();
    stage_.seen.count("disk errors: write", of.write_errors);
    stage_.seen.count("disk errors: no space", of.no_space);
    stage_.seen.count("disk errors: sync", of.sync_errors);
    stage_.seen.count("disk errors: rename", of.rename_errors);
  }
}

bool simulation::until(duration limit, std::string_view what, const std::function<bool()>& so) {
  const auto give_up = after(stage_.time.now().steady, limit);
  while (stage_.time.now().steady < give_up) {
    if (so()) return true;
    stage_.time.run_until(std::min(give_up, after(stage_.time.now().steady, look_again)));
  }
  failures_.push_back(fmt::format("no_progress: {} ({})", what, moment(stage_)));
  return false;
}

bool simulation::boot() {
  stage_.net.conditions.most_delay = stage_.how.weather.most_delay;
  for (auto& broker : brokers_) broker->start();
  const auto all_serve = [this] {
    return std::ranges::all_of(brokers_, [](const auto& b) { return b->serving(); });
  };
  if (!until(boot_limit, "the brokers do not come up", all_serve)) return false;
  admin_.id = stage_.net.add_host("admin");
  admin_.runs = std::make_unique<admin_process>(stage_, admin_.id);
  stage_.net.start(admin_.id, *admin_.runs);
  admin_.runs->begin();
  return until(boot_limit, "the topic is not made", [&] { return admin_.runs->done(); });
}

void simulation::storm() {
  for (auto& host : producers_) start_producer(host);
  for (auto& host : members_) start_member(host);
  nemesis evil(*this);
  evil.begin();
  const auto end = after(stage_.time.now().steady, stage_.how.storm);
  while (stage_.time.now().steady < end) {
    stage_.time.run_until(std::min(end, after(stage_.time.now().steady, look_again)));
    retire_members();
  }
  evil.end();
  // What it still had in mind must not outlive it.
  stage_.time.run_until(after(end, seconds(8)));
  retire_members();
}

void simulation::bring_back() {
  stage_.net.heal();
  stage_.net.conditions = {};
  stage_.how.disks.delay = 0;
  stage_.how.disk_delay = microseconds(200);
  for (auto& broker : brokers_) {
    broker->mend_disk();
    if (!broker->up()) broker->start();
  }
  for (auto& host : producers_) {
    stop_if_it_needs_a_new_life(host);
    if (!host.runs) start_producer(host);
  }
  for (auto& host : members_) {
    stop_if_it_needs_a_new_life(host);
    if (!host.runs) start_member(host);
  }
}

/// As whoever runs an application does when it says that it may not do something, and then may.
template <class Process>
void simulation::stop_if_it_needs_a_new_life(client_host<Process>& on) {
  if (!stage_.wrong.needs_a_new_life(stage_.net.name(on.id))) return;
  if (on.runs) stop(on);
  stage_.wrong.forgive(stage_.net.name(on.id));
}

/// A file whose sync failed in the storm may be synced again only now: its broker ends then, and its machine boots anew. A broker that
/// was paused when it was asked to stop does so only now, too.
void simulation::start_brokers_that_ended() {
  for (auto& broker : brokers_) {
    if (broker->up()) continue;
    broker->mend_disk();
    broker->start();
  }
}

bool simulation::heal() {
  bring_back();
  for (auto& host : producers_) host.runs->finish();
  const auto becomes = [this](std::string_view what, auto so) {
    return until(heal_limit, what, [&] {
      start_brokers_that_ended();
      return so();
    });
  };
  if (!becomes("what was sent is not resolved", [this] { return everything_resolved(); })) return false;
  if (stage_.how.nodes > 1 && !becomes("replicas are not in sync", [this] { return replicas_are_whole(); }))
    return false;
  for (auto& host : producers_) host.runs->probe();
  const bool answered = becomes("probes are not answered", [this] {
    return std::ranges::all_of(producers_, [](const auto& p) { return p.runs->probe_answered(); });
  });
  for (const auto& host : producers_)
    if (host.runs->probe_failure())
      failures_.push_back(fmt::format("no_progress: {} cannot produce to a cluster that is well: {}",
                                      stage_.net.name(host.id), host.runs->probe_failure()->message));
  return answered;
}

bool simulation::drain() {
  // Whoever was slow on purpose is not while the time counts.
  stage_.how.poll_pause = milliseconds(2);
  drain_.runs = std::make_unique<consumer_process>(stage_, drain_.id, consumer_process::role::drain);
  stage_.net.start(drain_.id, *drain_.runs);
  drain_.runs->begin();
  drain_.runs->ask_ends();
  if (!until(drain_limit, "the ends are not told", [this] { return drain_.runs->has_ends(); })) return false;
  if (!until(drain_limit, "the log cannot be read to its end", [this] { return drained(); })) {
    describe_positions("the drain", *drain_.runs);
    return false;
  }
  const bool through = until(drain_limit, "the group does not come to the end", [this] {
    retire_members();
    bring_back();
    return group_is_through();
  });
  if (!through)
    for (const auto& host : members_)
      if (host.runs) describe_positions(stage_.net.name(host.id), *host.runs);
  return through;
}

void simulation::describe_positions(std::string_view who, const consumer_process& reader) {
  for (const auto& [at, position] : reader.positions())
    failures_.push_back(fmt::format("no_progress: {} stands at {} of {} in {}-{}, {}", who, position.value,
                                    drain_.runs->ends().at(at).value, at.topic, at.partition.value,
                                    reader.describe(at)));
}

void simulation::verdict() {
  for (const auto& [of, at] : stage_.watch.begun()) stage_.past.replica_began(of, at);
  for (const auto& anomaly : stage_.past.check())
    failures_.push_back(fmt::format("{}: {}", name(anomaly.kind), anomaly.what));
  for (const auto& [at, end] : drain_.runs->ends())
    for (offset i = stage_.past.kept_from(at); i < end; ++i)
      if (!stage_.group.was_shown(at, i))
        failures_.push_back(
            fmt::format("not_shown: {}-{} offset {} to the group", at.topic, at.partition.value, i.value));
}

bool simulation::everything_resolved() const {
  return std::ranges::all_of(producers_, [](const auto& host) { return host.runs->resolved(); });
}

/// What a broker that is only starting says of its replicas is of its life before.
bool simulation::replicas_are_whole() const {
  return std::ranges::all_of(brokers_, [](const auto& broker) { return broker->serving(); }) &&
         stage_.watch.whole();
}

bool simulation::drained() const {
  const auto at = drain_.runs->positions();
  return std::ranges::all_of(drain_.runs->ends(), [&](const auto& end) {
    const auto position = at.find(end.first);
    return position != at.end() && position->second >= end.second;
  });
}

/// Each partition has exactly one owner, who stands at its end.
bool simulation::group_is_through() const {
  std::map<topic_partition, int> owners;
  for (const auto& host : members_) {
    if (!host.runs) return false;
    for (const auto& [at, position] : host.runs->positions()) {
      ++owners[at];
      if (position < drain_.runs->ends().at(at)) return false;
    }
  }
  return owners.size() == static_cast<std::size_t>(stage_.how.partitions) &&
         std::ranges::all_of(owners, [](const auto& owner) { return owner.second == 1; });
}

void simulation::start_producer(client_host<producer_process>& on) {
  on.runs = std::make_unique<producer_process>(stage_, on.id);
  stage_.net.start(on.id, *on.runs);
  on.runs->begin();
}

void simulation::start_member(client_host<consumer_process>& on) {
  on.runs = std::make_unique<consumer_process>(stage_, on.id, consumer_process::role::member);
  stage_.net.start(on.id, *on.runs);
  on.runs->begin();
}

template <class Process>
void simulation::stop(client_host<Process>& on) {
  if constexpr (std::is_same_v<Process, consumer_process>)
    reader_faults_.insert(reader_faults_.end(), on.runs->faults().begin(), on.runs->faults().end());
  stage_.net.stop(on.id);
  on.runs.reset();
}
template void simulation::stop(client_host<producer_process>&);
template void simulation::stop(client_host<consumer_process>&);

void simulation::retire_members() {
  for (auto& host : members_)
    if (host.runs && host.runs->left()) stop(host);
}

}  // namespace klamm::sim
