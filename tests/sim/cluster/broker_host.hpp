// A machine that a broker, a controller, or what is both runs on: its disk outlives the process, or what a power cut leaves of it.
//
//   state     start            stop                 crash(kill | power)       the node fails
//   -------   --------------   ------------------   -----------------------   --------------------------------------------
//   down      a node boots     -                    -                         -
//   up        -                closes; then down    down, the disk crashes    down. Behind an error of the disk the machine
//                                                                             boots anew: a process that started again on
//                                                                             it would read what never reached the disk.
//                                                                             Without one it is a failure of the run
#pragma once

#include <memory>
#include <optional>

#include "broker/node/node.hpp"
#include "tests/sim/cluster/host_log.hpp"
#include "tests/sim/cluster/stage.hpp"
#include "tests/sim/disk.hpp"

namespace klamm::sim {

class broker_host final : process {
 public:
  broker_host(stage& on, int number);

  void start();
  /// An orderly end. The host is down when the node has closed its logs.
  void stop();
  void crash(sim::crash how);
  /// As soon as a write is on its way to the disk, or not synced where the power is cut: of one such write a part is left.
  void crash_in_a_write(sim::crash how) { in_a_write_ = how; }
  /// From now on the disk refuses some operations.
  void break_disk();
  void mend_disk();
  /// From now on, and until it is mended, the disk takes its time.
  void slow_disk() { disk_slowness_ = 50; }

  /// A bit turns in what the disk has of the partition; false where there is none to turn.
  bool rot(const topic_partition& partition);
  /// The disk forgets the partition, while the broker is down.
  void lose(const topic_partition& partition);

  bool up() const { return node_ != nullptr; }
  bool serving() const { return node_ && node_->current_state() == broker::node::node::state::serving; }
  bool leads_quorum() const { return node_ && node_->quorum() && node_->quorum()->leading(); }
  bool leads(const topic_partition& partition) const;
  /// It serves, nothing is about to end it, and its disk has refused nothing in this life.
  bool sound() const { return serving() && !in_a_write_ && !breaking_ && !disk_failed(); }
  host_id id() const { return id_; }
  node_id node() const { return node_id(number_); }
  const sim::disk& disk() const { return disk_; }

 private:
  bool is_broker() const { return number_ <= stage_.how.nodes; }
  bool is_controller() const {
    return stage_.how.nodes > 1 && (stage_.how.controllers_alone == 0 || !is_broker());
  }
  broker::node::node_options options() const;
  void join_cluster(broker::node::node_options& options) const;
  void change_habits();
  link::net_machine& machine() override { return *node_; }
  void settle() override;
  void watch_bounds();
  void schedule_disk();
  void step_disk();
  bool crashes_in_a_write(sim::crash how);
  void crash(sim::crash how, bool in_a_write);
  void crash_disk(sim::crash how, bool in_a_write = false);
  void down();
  bool disk_failed() const { return disk_.counts().errors() != errors_before_; }

  stage& stage_;
  int number_;
  host_id id_;
  sim::disk disk_;
  seeded_entropy entropy_;
  host_log log_;
  std::unique_ptr<broker::node::node> node_;
  std::shared_ptr<cluster_watch::life> watched_;  // in a cluster
  broker_habits habits_;
  std::uint64_t life_ = 0;
  bool disk_scheduled_ = false, listening_ = false, ending_ = false;
  std::optional<sim::crash> in_a_write_;
  int disk_slowness_ = 1;
  bool breaking_ = false, rots_ = false;
  bool beyond_bounds_ = false;
  std::uint64_t errors_before_ = 0;  // of the disk, when the process started
};

}  // namespace klamm::sim
