// One member of a simulated quorum: a host with a disk, and the lives that a quorum leads on it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/faults.hpp"
#include "broker/log/tail_memory.hpp"
#include "broker/raft/quorum.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/quorum/quorum_history.hpp"
#include "tests/sim/world.hpp"
#include "wire/compression.hpp"

namespace klamm::sim {

class quorum_member final : broker::raft::quorum_listener {
 public:
  /// All outlive the member.
  struct surroundings {
    world& time;
    quorum_history& history;
    broker::raft::peers& peers;
    log_sink& log;
    fault_injector* faults = nullptr;
  };

  quorum_member(surroundings in, broker::raft::quorum_options options);

  void start();
  void stop(crash how);
  bool runs() const { return life_ != nullptr; }
  /// Counts the lives: what was meant for an earlier one does not reach the next.
  std::uint64_t life() const { return lives_; }

  /// Something happens to the quorum, whereupon its effects are carried out and its promises checked.
  template <class Event>
  void event(Event what) {
    now_ = in_.time.now();
    what(life_->voter);
    settle();
  }
  const broker::raft::quorum& voter() const { return life_->voter; }
  sim::disk& disk() { return disk_; }
  /// A disk that stalls takes operations and does none of them.
  void stall_disk(bool stalls);
  node_id id() const { return options_.self; }
  /// Where the next life is reached.
  void move_to(std::uint16_t port) { options_.listeners.front().port = port; }
  /// The records that its state is made of.
  const std::vector<std::string>& state() const { return life_->state; }
  offset delivered() const { return life_->delivered; }
  std::uint64_t snapshots_loaded() const { return snapshots_loaded_; }
  std::uint64_t resignations() const { return resignations_; }

 private:
  struct running {
    explicit running(quorum_member& of);

    broker::log::disk_port port;
    broker::log::tail_memory tail{1 << 20};
    wire::compressor contexts;
    rng random;
    broker::log::log_environment environment;
    broker::raft::quorum voter;
    std::vector<std::string> state;
    offset delivered{0};
    bool restoring = false;
    offset high_watermark{0};
    leader_epoch epoch{0};
    time_point tick_at = never;
    bool disk_scheduled = false;
  };

  void on_snapshot() override;
  void on_committed(bytes_view value, offset at, leader_epoch epoch) override;
  void on_batch_end(offset last, leader_epoch epoch) override;
  void on_leader(leader_epoch epoch) override { in_.history.leads(id(), epoch); }
  void on_resigned(leader_epoch) override { ++resignations_; }
  void on_voters(std::span<const broker::raft::voter>) override {}
  void on_failed(const error& why) override;
  std::vector<broker::raft::record_value> snapshot_records() override;

  void settle();
  void check();
  void schedule_tick();
  void schedule_disk();
  void step_disk();
  /// Runs `then` later, if this life still lasts.
  void in(duration delay, world::action then);

  surroundings in_;
  broker::raft::quorum_options options_;
  sim::disk disk_;
  instant now_;
  bool disk_stalls_ = false;
  std::unique_ptr<running> life_;
  std::uint64_t lives_ = 0, snapshots_loaded_ = 0, resignations_ = 0;
};

}  // namespace klamm::sim
