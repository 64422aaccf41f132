// One broker of a simulated cluster, as far as replication goes: its disk survives, the rest lives from start() to stop().
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>

#include "broker/replica/fetches.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/replica/replica_controller.hpp"
#include "tests/sim/replica/replica_history.hpp"
#include "tests/sim/world.hpp"
#include "tests/unit/counting_entropy.hpp"

namespace klamm::sim {

class replica_node;

/// What the nodes of a cluster share, and how they reach each other. Messages are carried by whoever implements this.
class replica_network {
 public:
  virtual ~replica_network() = default;
  virtual void started(replica_node& node) = 0;
  virtual void fetch(replica_node& from, node_id leader, wire::fetch_request request,
                     broker::replica::fetched_handler done) = 0;
  virtual void range(replica_node& from, node_id leader, const broker::replica::range_question& asked,
                     broker::replica::range_handler done) = 0;
  virtual void propose(replica_node& from, broker::replica::isr_proposal proposal,
                       broker::replica::isr_handler decided) = 0;
};

struct replica_conditions {
  broker::log::log_options log;
  broker::replica::replication_options replication;
  int min_insync_replicas = 1;
  /// Every replica is throttled, to so many bytes a second; none: as fast as it goes.
  std::optional<std::int64_t> leader_rate = std::nullopt, follower_rate = std::nullopt;
};

class replica_node final : broker::replica::isr_authority,
                           broker::replica::broker_registry,
                           broker::replica::leader_links {
 public:
  struct place {
    world& time;
    replica_network& network;
    replica_history& history;
    log_sink& log;
    fault_injector* faults;
    uuid topic_id;
    const replica_conditions& how;
  };

  replica_node(place in, node_id id);

  void start();
  void stop(crash how);
  bool runs() const { return life_ != nullptr; }
  /// Whether it takes metadata: its logs are recovered.
  bool open() const { return life_ && life_->open; }
  std::uint64_t life() const { return lives_; }
  node_id id() const { return id_; }
  /// What the controller says. Never older than before.
  void learn(const cluster_view& view);

  template <class Event>
  void event(Event what) {
    now_ = in_.time.now();
    what();
    settle();
  }
  /// Runs `then` as an event, if this life still lasts.
  void in(duration delay, world::action then);

  /// Null unless it has it.
  broker::replica::partition* partition(partition_id id) {
    return life_ ? life_->all.find("orders", id) : nullptr;
  }
  broker::replica::fetches& fetches() { return life_->serving; }
  wire::compressor& contexts() { return life_->contexts; }
  sim::disk& disk() { return disk_; }
  const instant& now() const { return now_; }
  const cluster_view& known() const { return life_->known; }
  /// Whether it has heard of its own registration of that epoch. Precondition: open().
  bool knows(std::int64_t registration) const {
    const auto own = known().brokers.find(id());
    return own != known().brokers.end() && own->second.epoch == registration;
  }
  /// Nothing that is submitted to the disk is done while it stalls.
  void stall_disk(bool stalls);
  std::uint64_t truncations() const { return truncations_; }

 private:
  struct watched {
    offset high_watermark{0}, checked{0};
    std::uint64_t generation = 0;
    leader_epoch led;
    bool checking = false;
  };
  struct running {
    explicit running(replica_node& of);

    link::reply_memory memory{64 << 10};  // so little that answers get less than they ask for
    broker::log::disk_port port;
    broker::log::tail_memory tail{1 << 20};
    wire::compressor contexts;
    rng random;
    test::counting_entropy entropy;
    broker::log::log_environment environment;
    broker::replica::replicas all;
    broker::replica::fetches serving;
    cluster_view known;
    std::optional<cluster_view> newest;
    std::set<partition_id> assigned;
    std::map<partition_id, watched> seen;
    bool open = false, applying = false, disk_scheduled = false;
    time_point tick_at = never;
  };

  void propose(broker::replica::isr_proposal proposal, broker::replica::isr_handler decided) override {
    in_.network.propose(*this, std::move(proposal), std::move(decided));
  }
  std::optional<broker::replica::broker_standing> find(node_id broker) const override;
  void fetch(node_id leader, wire::fetch_request request, broker::replica::fetched_handler done) override {
    in_.network.fetch(*this, leader, std::move(request), std::move(done));
  }
  void range(node_id leader, const broker::replica::range_question& asked,
             broker::replica::range_handler done) override {
    in_.network.range(*this, leader, asked, std::move(done));
  }

  void apply_newest();
  void settle();
  void check();
  void check(broker::replica::partition& one);
  void check_committed(broker::replica::partition& one, watched& seen);
  void schedule_tick();
  void schedule_disk();
  void step_disk();

  place in_;
  node_id id_;
  sim::disk disk_;
  instant now_;
  bool disk_stalls_ = false;
  std::unique_ptr<running> life_;
  std::uint64_t lives_ = 0, truncations_ = 0;
};

}  // namespace klamm::sim
