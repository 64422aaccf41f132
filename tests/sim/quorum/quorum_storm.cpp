#include "tests/sim/quorum/quorum_storm.hpp"

#include <fmt/format.h>

#include "tests/sim/quorum/quorum_cluster.hpp"

namespace klamm::sim {
namespace {

using namespace std::chrono_literals;

constexpr duration storm_time = 30s, agreement_time = 20s;

class storm {
 public:
  storm(std::uint64_t seed, bool change_voters, fault_injector* faults, log_sink& log)
      : random_(seed ^ 0x5151),
        change_voters_(change_voters),
        cluster_(seed, change_voters ? changing_conditions(random_) : conditions(random_), log, faults) {
    if (rng(seed ^ 0xda3a9e).chance(0.3)) cluster_.set_corruption(0.05);
  }

  storm_outcome run() {
    cluster_.start_all();
    const auto end = after(cluster_.time().now().steady, storm_time);
    while (cluster_.time().now().steady < end && cluster_.history().failures().empty()) {
      cluster_.time().run_until(after(cluster_.time().now().steady, cluster_.time().between(1ms, 60ms)));
      strike();
    }
    calm();
    outcome_.trace_hash = cluster_.time().trace_hash();
    outcome_.leaders = cluster_.history().leaders();
    outcome_.committed = cluster_.history().committed();
    outcome_.voter_sets = cluster_.history().voter_sets();
    outcome_.failures = cluster_.history().failures();
    for (int i = 1; i <= cluster_.size(); ++i) {
      outcome_.snapshots_loaded += cluster_.member(i).snapshots_loaded();
      outcome_.resignations += cluster_.member(i).resignations();
    }
    return outcome_;
  }

 private:
  static quorum_conditions conditions(rng& random) {
    quorum_conditions how;
    how.voters = 1 + 2 * static_cast<int>(random.below(3));
    how.observers = static_cast<int>(random.below(2));
    how.most_delay = millis(1 + random.below(40));
    how.loss = random.chance(0.5) ? 0.1 * random.unit() : 0;
    how.snapshot_after_bytes = random.chance(0.5) ? 1000 : 1 << 20;
    return how;
  }

  static quorum_conditions changing_conditions(rng& random) {
    auto how = conditions(random);
    how.voters = 1 + static_cast<int>(random.below(3));
    how.observers = 0;
    how.joiners = 4 - how.voters + static_cast<int>(random.below(2));
    how.change_voters = true;
    return how;
  }

  int somebody() { return 1 + static_cast<int>(random_.below(static_cast<std::uint64_t>(cluster_.size()))); }

  void strike() {
    for (auto records = random_.below(4); records > 0; --records) cluster_.append();
    if (random_.chance(0.01)) {
      const bool one_way = random_.chance(0.3);
      cut_off(random_.chance(0.5) ? leader_or_somebody() : somebody(), one_way);
    }
    if (random_.chance(0.008)) cluster_.heal();
    if (random_.chance(violence_ * 0.012)) crash(random_.chance(0.3) ? leader_or_somebody() : somebody());
    if (random_.chance(violence_ * 0.01)) cut_power();
    if (random_.chance(0.10)) bring_back();
    if (random_.chance(0.05)) slow_disk();
    if (change_voters_ && random_.chance(0.15)) change_voters();
  }

  /// Mostly one that makes sense: a member that votes is removed, another one added. Sometimes nobody hears of it but the leader.
  void change_voters() {
    auto* const leading = cluster_.leader();
    if (!leading) return;
    const auto entry = quorum_cluster::entry_of(random_.chance(0.15) ? leading->id().value : somebody());
    const bool votes = broker::raft::find_voter(leading->voter().voters(), entry.id) != nullptr;
    if (votes != random_.chance(0.1))
      cluster_.remove_voter(entry.key(), [](const auto&) {});
    else
      cluster_.add_voter(entry, [](const auto&) {});
    if (random_.chance(0.1)) cut_off(leading->id().value, false);
  }

  int leader_or_somebody() {
    auto* const leading = cluster_.leader();
    return leading ? leading->id().value : somebody();
  }

  void cut_off(int number, bool one_way) {
    const double bridges = random_.chance(0.4) ? 0.3 : 0;
    for (int other = 1; other <= cluster_.size(); ++other) {
      if (other == number || random_.chance(bridges)) continue;
      cluster_.block(number, other);
      if (!one_way) cluster_.block(other, number);
    }
  }

  void crash(int number) {
    if (!cluster_.member(number).runs()) return;
    const bool power = random_.chance(0.5);
    outcome_.power_cuts += power ? 1 : 0;
    cluster_.member(number).stop(power ? crash::power : crash::kill);
  }

  /// Of the whole room.
  void cut_power() {
    for (int i = 1; i <= cluster_.size(); ++i) {
      if (!cluster_.member(i).runs()) continue;
      ++outcome_.power_cuts;
      cluster_.member(i).stop(crash::power);
    }
  }

  void bring_back() {
    const auto number = somebody();
    if (cluster_.member(number).runs()) return;
    if (change_voters_ && random_.chance(0.2))
      cluster_.member(number).move_to(static_cast<std::uint16_t>(9000 + random_.below(100)));
    cluster_.member(number).start();
  }

  void slow_disk() {
    cluster_.member(somebody()).disk().set_options({.delay = random_.chance(0.5) ? 0.97 : 0.2});
  }

  void calm() {
    cluster_.heal();
    cluster_.set_loss(0);
    cluster_.set_corruption(0);
    for (int i = 1; i <= cluster_.size(); ++i) cluster_.member(i).disk().set_options({.delay = 0.2});
    if (!cluster_.history().failures().empty()) return;
    cluster_.start_all();
    const bool appended = cluster_.until(agreement_time, [this] { return cluster_.append(); });
    if (!appended || !cluster_.until(agreement_time, [this] { return cluster_.agrees(); }))
      cluster_.history().broken(describe());
  }

  std::string describe() {
    auto text = std::string(fmt::format("no agreement {} s after healing:", agreement_time / 1s));
    for (int i = 1; i <= cluster_.size(); ++i) {
      const auto& one = cluster_.member(i).voter();
      text += fmt::format(" [{}: role {} epoch {} leader {} end {} hw {} delivered {} voters {}]", i,
                          one.role().index(), one.epoch().value, one.leader_id().value, one.end().value,
                          one.high_watermark().value, cluster_.member(i).delivered().value,
                          broker::raft::describe(one.voters()));
    }
    return text;
  }

  rng random_;
  const bool change_voters_;
  const double violence_ = random_.chance(0.75) ? 1.2 : 0.1;
  quorum_cluster cluster_;
  storm_outcome outcome_;
};

}  // namespace

storm_outcome run_quorum_storm(std::uint64_t seed, fault_injector* faults, log_sink& log) {
  return storm(seed, false, faults, log).run();
}

storm_outcome run_voters_storm(std::uint64_t seed, fault_injector* faults, log_sink& log) {
  return storm(seed, true, faults, log).run();
}

}  // namespace klamm::sim
