// A simulated quorum: members, a network that carries their messages late, twice never, or not at all, and what befalls them.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/quorum/quorum_member.hpp"

namespace klamm::sim {

struct quorum_conditions {
  int voters = 3, observers = 0;
  /// Members that begin with nothing, and ask the voters for the log.
  int joiners = 0;
  /// The voters are configured: kraft.version 0.
  bool configured = false;
  /// Members know where they are reached, so that they tell the leader (KIP-853); and make themselves voters (KIP-1186).
  bool change_voters = false, auto_join = false;
  duration least_delay = std::chrono::microseconds(100), most_delay = std::chrono::milliseconds(5);
  double loss = 0;        // of each message, and of each answer
  double corruption = 0;  // of each answer with records
  std::uint64_t snapshot_after_bytes = 2000;
};

class quorum_cluster {
 public:
  quorum_cluster(std::uint64_t seed, quorum_conditions how, log_sink& log, fault_injector* faults = nullptr);
  ~quorum_cluster();

  world& time() { return time_; }
  quorum_history& history() { return history_; }
  quorum_member& member(int number) { return *members_.at(static_cast<std::size_t>(number - 1)); }
  int size() const { return static_cast<int>(members_.size()); }
  bool votes(int number) const { return number <= how_.voters; }
  void start_all();

  /// Null: nobody does, or nobody alone.
  quorum_member* leader();
  /// A record of its own number through whoever leads. Whether somebody took it.
  bool append();
  std::uint64_t appended() const { return next_value_; }
  /// As a member is written among the voters from the first.
  static broker::raft::voter entry_of(int number);
  /// Through whoever leads. Whether somebody does.
  bool add_voter(const broker::raft::voter& added, broker::raft::reply<broker::raft::change_response> then);
  bool remove_voter(const broker::raft::replica_key& removed,
                    broker::raft::reply<broker::raft::change_response> then);

  void block(int from, int to) { blocked_.insert({node_id(from), node_id(to)}); }
  void heal() { blocked_.clear(); }
  void set_loss(double loss) { how_.loss = loss; }
  void set_corruption(double corruption) { how_.corruption = corruption; }
  /// Runs until `so` holds; whether it did within `limit`.
  bool until(duration limit, const std::function<bool()>& so);
  /// Everybody runs, one leads, and all have delivered the same, new records among it.
  bool agrees();

 private:
  class post;

  template <class Request, class Response>
  void carry(node_id from, node_id to, Request what, broker::raft::reply<Response> then);
  template <class Request>
  bool ask(const Request& request, broker::raft::reply<broker::raft::change_response> then);
  bool passes(node_id from, node_id to);
  duration delay() { return time_.between(how_.least_delay, how_.most_delay); }

  world time_;
  quorum_conditions how_;
  quorum_history history_;
  std::vector<std::unique_ptr<post>> posts_;
  std::vector<std::unique_ptr<quorum_member>> members_;
  std::set<std::pair<node_id, node_id>> blocked_;
  std::uint64_t next_value_ = 0;
};

}  // namespace klamm::sim
