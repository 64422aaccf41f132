// A cluster of brokers inside your process: real elections, real replication, over loopback sockets.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <klamm/detail/config.hpp>

namespace klamm::broker {

struct ClusterOptions {
  /// How many nodes; each is a broker and a controller. 1 to 9.
  int nodes = 3;
  std::string host = "127.0.0.1";
  /// The first node's port, the next ones follow it. 0: free ones, which a node keeps while the cluster lives.
  unsigned short port = 0;
  /// Holds the nodes' data directories, `node-1` and so on; made if missing. Empty: temporary ones, removed at the end.
  std::string data_directory;
  /// More of every broker's configuration, in Apache Kafka's property names. With two nodes or more, topics have three
  /// replicas (or as many as there are nodes) and need two in sync, unless this says otherwise.
  std::map<std::string, std::string> configs;
};

/// Starts in the constructor, which returns when every node serves, and stops in the destructor.
///
/// Errors: std::runtime_error, as for Broker. Members belong to one thread at a time.
class KLAMM_API Cluster {
 public:
  explicit Cluster(ClusterOptions options = {});
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  int size() const;
  /// All nodes' addresses, `host:port,host:port`: what clients bootstrap from.
  std::string addresses() const;
  /// Of one node, 1 to size().
  std::string address(int node) const;
  std::string cluster_id() const;
  /// Stops one node as an operator would: its leaderships move first. Idempotent.
  void stop(int node);
  /// Starts a node that was stopped, at its address and on its data, and returns when it serves, or at once where no majority runs
  /// that could let it serve.
  void start(int node);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace klamm::broker
