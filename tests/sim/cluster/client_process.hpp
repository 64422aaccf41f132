// A process with one client core in it, and how application code in it gets its turn.
#pragma once

#include <memory>
#include <optional>

#include "client/client_core.hpp"
#include "tests/sim/cluster/host_log.hpp"
#include "tests/sim/cluster/stage.hpp"

namespace klamm::sim {

class client_process : public process, client::snapshot_sink {
 public:
  client_process(stage& on, host_id at) : stage_(on), host_(at), log_(*on.log, on.time, on.net.name(at)) {}
  ~client_process() override { alive_.reset(); }

  void settle() override;

 protected:
  using command = unique_function<void(client::client_core&, instant, link::net_effects&)>;

  client::core_options options() const;
  client::core_neighbours neighbours() { return {.snapshots = *this, .log = log_, .faults = &stage_.faults}; }
  /// To be destroyed by the derived class, before what the core refers to.
  void make_core(client::core_options options, client::core_neighbours neighbours);
  void drop_core() { core_.reset(); }

  /// Runs a command now. Not from within an event of the core: there, use soon().
  void act(command what);
  /// Runs `then` unless the process is gone; while it is paused, afterwards.
  void soon(duration delay, world::action then);
  /// Called after each event and command.
  virtual void after_event() {}

  stage& stage_;
  const host_id host_;
  host_log log_;

 private:
  link::net_machine& machine() override { return *core_; }
  void publish(client::snapshot_ptr) override {}
  void run(world::action then);

  std::optional<client::client_core> core_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace klamm::sim
