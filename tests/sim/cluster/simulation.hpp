// One run: a cluster and its clients in a world that a seed makes, from the first boot to the verdict.
//
//   phase    what happens                                                    ends
//   ------   -------------------------------------------------------------   --------------------------------------
//   boot     brokers start, the topic is made                                the topic is there
//   storm    clients work, faults strike                                     after scenario::storm
//   healed   no faults any more, everybody who should be there comes back    everything sent is resolved, probes too
//   drain    a reader beside the group, and the group, read to the ends      both are there
//   verdict  history and ledger are checked
//
// A phase that does not end in its time is a failure of its own: nothing may hang once the network is well.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/cluster/broker_host.hpp"
#include "tests/sim/cluster/consumer_process.hpp"
#include "tests/sim/cluster/producer_process.hpp"
#include "tests/sim/cluster/stage.hpp"

namespace klamm::sim {

struct outcome {
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
  std::vector<std::string> failures;
  coverage seen;
};

class admin_process;

class simulation {
 public:
  /// `change` may alter the scenario that the seed made, before anything is built from it.
  simulation(std::uint64_t seed, std::vector<std::string> planted, log_sink& log,
             const std::function<void(scenario&)>& change = {});
  ~simulation();

  outcome run();

 private:
  friend class nemesis;
  template <class Process>
  struct client_host {
    host_id id;
    std::unique_ptr<Process> runs;
  };

  bool boot();
  void storm();
  bool heal();
  bool drain();
  void verdict();

  void start_producer(client_host<producer_process>& on);
  void start_member(client_host<consumer_process>& on);
  template <class Process>
  void stop(client_host<Process>& on);
  template <class Process>
  void stop_if_it_needs_a_new_life(client_host<Process>& on);
  void bring_back();
  void start_brokers_that_ended();
  void retire_members();

  void count_errors();
  bool everything_resolved() const;
  /// Every replica is in sync, and no reassignment under way.
  bool replicas_are_whole() const;
  bool drained() const;
  bool group_is_through() const;
  void describe_positions(std::string_view who, const consumer_process& reader);
  /// Runs until `so` holds, looking now and then; after `limit` it is a failure.
  bool until(duration limit, std::string_view what, const std::function<bool()>& so);

  stage stage_;
  std::vector<std::unique_ptr<broker_host>> brokers_;
  std::vector<client_host<producer_process>> producers_;
  std::vector<client_host<consumer_process>> members_;
  client_host<consumer_process> drain_;
  client_host<admin_process> admin_;
  std::vector<std::string> reader_faults_;  // of processes that are gone
  std::vector<std::string> failures_;
};

}  // namespace klamm::sim
