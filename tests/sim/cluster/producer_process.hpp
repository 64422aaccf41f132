// An application that produces: bursts of records to random partitions, through the accumulator that real ones use.
#pragma once

#include <vector>

#include "handoff/accumulator.hpp"
#include "tests/sim/cluster/client_process.hpp"

namespace klamm::sim {

class producer_process final : public client_process, handoff::accumulator_host {
 public:
  producer_process(stage& on, host_id at);
  ~producer_process() override;

  void begin();
  /// No more bursts; what was sent is flushed.
  void finish();
  bool resolved() const { return accumulator_.unresolved() == 0; }
  /// Sends one record to each partition; each has to be acknowledged.
  void probe();
  bool probe_answered() const { return probes_open_ == 0; }
  const std::optional<error>& probe_failure() const { return probe_failure_; }

 private:
  void produce();
  bool send(int partition, handoff::record_callback also = {});
  void on_outcome(std::uint64_t value, const handoff::record_outcome& outcome);

  void wake() override;
  void seal_elsewhere(unique_function<void()> seal) override;
  void resolved(handoff::state_share batch) override;
  void after_event() override;

  const int sender_;
  bool producing_ = true;
  bool ending_ = false;
  int probes_open_ = 0;
  std::optional<error> probe_failure_;
  handoff::accumulator accumulator_;
  std::vector<handoff::state_share> resolved_;
};

}  // namespace klamm::sim
