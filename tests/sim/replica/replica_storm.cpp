#include "tests/sim/replica/replica_storm.hpp"

#include <fmt/format.h>

#include "tests/sim/replica/replica_cluster.hpp"

namespace klamm::sim {
namespace {

using namespace std::chrono_literals;

constexpr duration storm_time = 20s, agreement_time = 40s;

class storm {
 public:
  storm(std::uint64_t seed, fault_injector* faults, log_sink& log)
      : random_(seed ^ 0x7272), how_(conditions(random_)), cluster_(seed, how_, log, faults) {}

  replica_outcome run() {
    cluster_.start_all();
    const auto end = after(cluster_.time().now().steady, storm_time);
    while (cluster_.time().now().steady < end && cluster_.history().failures().empty()) {
      cluster_.run_for(cluster_.time().between(1ms, 40ms));
      strike();
    }
    calm();
    outcome_.trace_hash = cluster_.time().trace_hash();
    outcome_.leaders = cluster_.history().leaders();
    outcome_.acknowledged = cluster_.history().acknowledgements();
    outcome_.shrinks = cluster_.controller().shrinks();
    outcome_.expansions = cluster_.controller().expansions();
    outcome_.failures = cluster_.history().failures();
    for (int i = 1; i <= cluster_.size(); ++i) outcome_.truncations += cluster_.node(i).truncations();
    return outcome_;
  }

 private:
  static cluster_conditions conditions(rng& random) {
    cluster_conditions how;
    how.nodes = 2 + static_cast<int>(random.below(2));
    how.partitions = 1 + static_cast<int>(random.below(3));
    how.most_delay = millis(1 + random.below(40));
    how.loss = random.chance(0.5) ? 0.05 * random.unit() : 0;
    how.corruption = random.chance(0.3) ? 0.05 : 0;
    auto& replica = how.replica;
    replica.log.fsync = broker::log::fsync_mode::ack;
    replica.log.segment_bytes = random.chance(0.5) ? 600 : 1 << 20;
    replica.min_insync_replicas = 1 + static_cast<int>(random.below(2));
    replica.replication.lag_time_max = millis(500 + random.below(2000));
    replica.replication.fetch_backoff = millis(100);
    replica.replication.fetch_max_bytes = random.chance(0.3) ? 200 : 1 << 20;
    return how;
  }

  int somebody() { return 1 + static_cast<int>(random_.below(static_cast<std::uint64_t>(cluster_.size()))); }
  partition_id some_partition() {
    return partition_id(
        static_cast<std::int32_t>(random_.below(static_cast<std::uint64_t>(cluster_.partitions()))));
  }

  void produce() {
    const auto acks =
        random_.chance(0.8) ? broker::replica::required_acks::all : broker::replica::required_acks::none;
    cluster_.produce(some_partition(), {.acks = acks, .timeout = millis(1500)});
  }

  void strike() {
    for (auto records = random_.below(4); records > 0; --records) produce();
    if (random_.chance(0.02)) {
      const auto to = node_id(somebody());
      cluster_.controller().move_leader(some_partition(), to);
    }
    if (random_.chance(0.02)) move_there_and_back();
    if (random_.chance(0.01)) cut_off();
    if (random_.chance(0.03)) cluster_.heal();
    if (random_.chance(violence_ * 0.015)) crash(somebody());
    if (random_.chance(violence_ * 0.005)) cut_power();
    if (random_.chance(0.10)) bring_back();
    if (random_.chance(0.03)) slow_disk();
    if (random_.chance(0.02)) delete_records();
  }

  /// Its leader hears of both moves at once.
  void move_there_and_back() {
    const auto of = some_partition();
    const auto there = node_id(somebody());
    const auto* const leader = cluster_.leader(of);
    if (!leader || leader->id() == there) return;
    const auto back = leader->id();
    const auto time = cluster_.time().between(20ms, 300ms);
    cluster_.keep_from_learning(back, time);
    cluster_.controller().move_leader(of, there);
    cluster_.time().in(time / 2, [this, of, back] { cluster_.controller().move_leader(of, back); });
  }

  void cut_off() {
    if (random_.chance(0.5)) return cluster_.cut_off(somebody());
    const auto from = somebody();
    const auto to = static_cast<int>(random_.below(static_cast<std::uint64_t>(cluster_.size()) + 1));
    if (from != to) cluster_.block(from, to);
  }

  void crash(int number) {
    if (!cluster_.node(number).runs()) return;
    const bool power = random_.chance(0.5);
    outcome_.power_cuts += power ? 1 : 0;
    cluster_.node(number).stop(power ? crash::power : crash::kill);
  }

  /// Of the whole room.
  void cut_power() {
    for (int i = 1; i <= cluster_.size(); ++i) {
      if (!cluster_.node(i).runs()) continue;
      ++outcome_.power_cuts;
      cluster_.node(i).stop(crash::power);
    }
  }

  void bring_back() {
    const auto number = somebody();
    if (!cluster_.node(number).runs()) cluster_.node(number).start();
  }

  void slow_disk() {
    cluster_.node(somebody()).disk().set_options({.delay = random_.chance(0.5) ? 0.97 : 0.2});
  }

  void delete_records() {
    const auto of = some_partition();
    auto* const leader = cluster_.leader(of);
    if (!leader) return;
    leader->event([&] {
      auto& there = *leader->partition(of);
      const auto most = there.high_watermark() - there.log().start();
      if (most <= 0) return;
      const auto before =
          there.log().start() + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most)));
      (void)there.delete_records(before).has_value();
    });
  }

  void calm() {
    cluster_.heal();
    cluster_.set_loss(0);
    cluster_.set_corruption(0);
    for (int i = 1; i <= cluster_.size(); ++i) cluster_.node(i).disk().set_options({.delay = 0.2});
    if (!cluster_.history().failures().empty()) return;
    cluster_.start_all();
    for (int i = 0; i < cluster_.partitions(); ++i)
      if (!takes_records(partition_id(i))) return cluster_.history().broken(describe());
    if (!cluster_.until(agreement_time, [this] { return cluster_.agrees(); }))
      cluster_.history().broken(describe());
    cluster_.run_for(1s);  // what was called committed is looked at behind it
    cluster_.history().check_acknowledged();
  }

  /// As a producer that tries again.
  bool takes_records(partition_id id) {
    const auto before = cluster_.history().acknowledgements();
    const auto end = after(cluster_.time().now().steady, agreement_time);
    while (cluster_.time().now().steady < end) {
      cluster_.produce(id, {.timeout = millis(1500)});
      if (cluster_.until(2s, [&] { return cluster_.history().acknowledgements() > before; })) return true;
    }
    return false;
  }

  std::string describe() {
    auto text = std::string(fmt::format("no agreement {} s after healing:", agreement_time / 1s));
    for (int p = 0; p < cluster_.partitions(); ++p) {
      const auto& led = cluster_.controller().view().partitions.at(static_cast<std::size_t>(p));
      text += fmt::format("\n  partition {}: leader {} epoch {} partition epoch {} isr {}:", p,
                          led.leader.value, led.epoch.value, led.partition_epoch, led.isr.size());
      for (int i = 1; i <= cluster_.size(); ++i) {
        auto* const one = cluster_.node(i).partition(partition_id(p));
        if (!one) continue;
        text += fmt::format(" [{}: {} epoch {} end {} durable {} hw {} start {} last epoch {}]", i,
                            one->leading()     ? "leads"
                            : one->following() ? "follows"
                                               : "offline",
                            one->epoch().value, one->log().end().value, one->log().durable_end().value,
                            one->log().high_watermark().value, one->log().start().value,
                            one->log().latest_epoch().value);
        if (const auto* const following = one->follower())
          text += fmt::format(" state {}", static_cast<int>(following->current_state()));
      }
    }
    return text;
  }

  rng random_;
  const double violence_ = random_.chance(0.75) ? 1.2 : 0.1;
  cluster_conditions how_;
  replica_cluster cluster_;
  replica_outcome outcome_;
};

}  // namespace

replica_outcome run_replica_storm(std::uint64_t seed, fault_injector* faults, log_sink& log) {
  return storm(seed, faults, log).run();
}

}  // namespace klamm::sim
