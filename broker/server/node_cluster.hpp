// The nodes of a cluster in one process, each on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <klamm/broker/cluster.hpp>

#include "broker/server/node_thread.hpp"
#include "broker/server/temporary_directory.hpp"

namespace klamm::broker::server {

/// Whether there is a port for each node.
result<void> check_ports(const ClusterOptions& options);

/// Members belong to one thread at a time. Failures are std::runtime_error.
class node_cluster {
 public:
  /// Called on the thread of a node that served and has ended by itself.
  using failed = std::function<void(int node, const error& why)>;

  /// Returns when every node serves. `faults` outlive it, and `sink`, which hears the nodes' threads, several at once.
  /// Once `given_up` is asked, from any thread, it does not wait any longer, and fails.
  node_cluster(const ClusterOptions& options, log_sink& sink, failed on_failed = nullptr,
               api::request_faults* faults = nullptr, std::stop_token given_up = {});
  ~node_cluster();

  int size() const { return static_cast<int>(members_.size()); }
  const link::endpoint& address(int node) const {
    return members_.at(static_cast<std::size_t>(node - 1)).address;
  }
  /// Of all nodes, `host:port,host:port`.
  std::string addresses() const;
  const std::string& cluster_id() const { return cluster_id_; }
  void stop(int node);
  void kill(int node);
  void pause(int node);
  void resume(int node);
  /// Returns when all nodes serve that run, or at once where too few run for a quorum. One that cannot start is as if it were
  /// stopped.
  void start(int node);
  /// The same, of all nodes that do not run.
  void start_all();

 private:
  /// What a node is started with, and what it keeps from one start to the next.
  struct member {
    int number = 0;
    server_options options;
    link::endpoint address;
    std::unique_ptr<node_thread> running;
    bool served = false;  // since it was started
  };
  member& find(int node) { return members_.at(static_cast<std::size_t>(node - 1)); }
  void add_members(const ClusterOptions& options, api::request_faults* faults);
  std::optional<std::string> known_cluster_id() const;
  void prepare();
  void prepare(member& one);
  void launch(member& one);
  void wait_until_serving();
  void wait_until_serving(member& one);
  /// All that run begin to stop together.
  void leave();

  log_sink& sink_;
  failed on_failed_;
  std::stop_token given_up_;
  temporary_directory temporary_;  // outlives the nodes
  std::vector<member> members_;
  std::string cluster_id_;
};

}  // namespace klamm::broker::server
