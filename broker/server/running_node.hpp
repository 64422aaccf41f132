// A node, its directory's lock and its sockets, as a process or an embedding application runs them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/server/directory_lock.hpp"
#include "broker/server/node_host.hpp"
#include "net/driver.hpp"

namespace klamm::broker::server {

struct server_options {
  node::node_options node;
  std::vector<link::endpoint> listeners;
  /// The directory goes when the node has stopped.
  bool ephemeral = false;
};

/// Everything but the constructor belongs to the executor's thread.
class running_node {
 public:
  struct callbacks {
    std::function<void(const std::vector<link::endpoint>& bound)> serving;
    /// NONE: stopped as asked. Nothing follows.
    std::function<void(const error& why)> ended;
  };

  running_node(asio::any_io_executor executor, server_options options, log_sink& sink, callbacks told);
  ~running_node();

  void start();
  void stop();
  void advertise(std::optional<link::endpoint> at);
  const std::string& cluster_id() { return host_.node().cluster_id(); }

 private:
  void on_state();
  void listen();
  void end(const error& why);

  asio::any_io_executor executor_;
  server_options options_;
  callbacks told_;
  std::optional<directory_lock> lock_;
  node_host host_;
  net::driver driver_;
  bool ended_ = false;
};

}  // namespace klamm::broker::server
