// A simulated cluster of replicating brokers: nodes, their controller, a network that carries messages late, or not at all, and
// producers.
//
// Node 0 is the controller: who cannot reach it learns nothing, and is fenced when the session is over. Messages are the codec's
// own bytes, so that each run exercises it too.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "tests/sim/replica/replica_node.hpp"

namespace klamm::sim {

struct cluster_conditions {
  int nodes = 3, partitions = 2;
  duration least_delay = std::chrono::microseconds(100), most_delay = std::chrono::milliseconds(5);
  double loss = 0;        // of each message
  double corruption = 0;  // of each answer with records
  replica_conditions replica = {};
};

class replica_cluster final : replica_network {
 public:
  replica_cluster(std::uint64_t seed, cluster_conditions how, log_sink& log = silent_log(),
                  fault_injector* faults = nullptr);
  ~replica_cluster() override;

  world& time() { return time_; }
  replica_history& history() { return history_; }
  replica_controller& controller() { return controller_; }
  replica_node& node(int number) { return *nodes_.at(static_cast<std::size_t>(number - 1)); }
  int size() const { return how_.nodes; }
  int partitions() const { return how_.partitions; }
  void start_all();

  /// The node that the controller has for a leader; null if there is none, or it does not know yet.
  replica_node* leader(partition_id of);
  /// One record of its own, to a node that takes itself for the leader. Whether one was there.
  bool produce(partition_id to, broker::replica::produce_how how = {});
  bool produce(replica_node& at, partition_id to, broker::replica::produce_how how,
               broker::replica::produced_handler done);

  void block(int from, int to) { blocked_.insert({node_id(from), node_id(to)}); }
  void cut_off(int number);
  void heal() { blocked_.clear(); }
  /// For so long it learns nothing new of the partitions, though it hears and is heard.
  void keep_from_learning(node_id who, duration time);
  void set_loss(double loss) { how_.loss = loss; }
  void set_corruption(double corruption) { how_.corruption = corruption; }
  /// Runs until `so` holds; whether it did within `limit`.
  bool until(duration limit, const std::function<bool()>& so);
  void run_for(duration time) { time_.run_until(after(time_.now().steady, time)); }
  /// Every replica is in sync, and has the same log, all of it committed.
  bool agrees();
  bool agrees(partition_id on);

 private:
  template <class Answer>
  struct call;
  template <class Answer>
  using call_ptr = std::shared_ptr<call<Answer>>;
  template <class Answer>
  call_ptr<Answer> open_call(replica_node& from, unique_function<void(result<Answer>)> done);

  void started(replica_node& node) override;
  void fetch(replica_node& from, node_id leader, wire::fetch_request request,
             broker::replica::fetched_handler done) override;
  void range(replica_node& from, node_id leader, const broker::replica::range_question& asked,
             broker::replica::range_handler done) override;
  void propose(replica_node& from, broker::replica::isr_proposal proposal,
               broker::replica::isr_handler decided) override;
  void ask_controller(node_id from, std::shared_ptr<broker::replica::isr_proposal> proposal,
                      call_ptr<broker::replica::isr_decision> answer);
  buffer_slice pack(const wire::fetch_response& response);
  /// Runs `there` as an event of that node, after the way to it; or never.
  void carry(node_id from, node_id to, unique_function<void(replica_node&)> there);
  bool passes(node_id from, node_id to);
  duration delay() { return time_.between(how_.least_delay, how_.most_delay); }
  void beat();
  void publish();
  replica_node& at(node_id id) { return node(id.value); }

  world time_;
  cluster_conditions how_;
  replica_history history_;
  replica_controller controller_;
  std::vector<std::unique_ptr<replica_node>> nodes_;
  struct session {
    std::uint64_t registered_life = 0;
    time_point last_beat;
    time_point learns_from{};
  };
  std::map<node_id, session> sessions_;
  std::set<std::pair<node_id, node_id>> blocked_;
  std::int64_t connections_ = 0;  // each fetch comes by one of its own
  std::uint64_t next_value_ = 0;
};

}  // namespace klamm::sim
