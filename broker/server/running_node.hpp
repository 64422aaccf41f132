// A node, its directory's lock and its sockets, as a process or an embedding application runs them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/server/admission.hpp"
#include "broker/server/directory_lock.hpp"
#include "broker/server/node_host.hpp"
#include "net/driver.hpp"

namespace klamm::broker::server {

struct server_options {
  node::node_options node;
  /// The clients'. Names them by their place.
  std::vector<link::endpoint> listeners;
  /// Whether process.roles has it; node.is_broker says the other.
  bool is_controller = true;
  /// The controllers'; node.controller_listener names it.
  std::optional<link::endpoint> controller_listener;
  /// Threads for the data's disk, besides one for the metadata's; 0: the node's own does what the disks have to do.
  int disk_threads = 0;
  /// The directory goes when the node has stopped.
  bool ephemeral = false;
  /// What a test wants to go wrong with requests. Outlives the node.
  api::request_faults* request_faults = nullptr;
};

/// Everything but the constructor belongs to the executor's thread.
class running_node {
 public:
  struct callbacks {
    /// Where clients come; of a controller alone, where other nodes do.
    std::function<void(const std::vector<link::endpoint>& bound)> serving;
    /// NONE: stopped as asked. Nothing follows.
    std::function<void(const error& why)> ended;
    /// It was stopped as all others are: its controller serves until it is stopped again.
    std::function<void()> left = [] {};
  };

  running_node(asio::any_io_executor executor, server_options options, log_sink& sink, callbacks told);
  ~running_node();

  /// Takes the directory and opens the listeners; who connects waits. Errors: what is in use, and by whom where that is known.
  result<void> prepare();
  /// Where prepare() has bound the controllers' listener.
  const std::optional<link::endpoint>& controller_address() const { return bound_controller_; }
  /// Before start(), after prepare().
  void set_controllers(std::vector<raft::voter> all) { host_.node().set_controllers(std::move(all)); }
  void set_new_cluster_id(std::string id) { host_.node().set_new_cluster_id(std::move(id)); }
  /// prepare() comes first where it was not called.
  void start();
  void stop(node::others rest = node::others::stay);
  void advertise(std::optional<link::endpoint> at);
  const std::string& cluster_id() { return host_.node().cluster_id(); }

 private:
  void on_state();
  result<void> lock(const std::string& directory);
  result<void> bind();
  void serve();
  void end(const error& why);
  void remove_ephemeral();
  net::driver_options driver_options();

  asio::any_io_executor executor_;
  server_options options_;
  callbacks told_;
  std::vector<directory_lock> locks_;
  std::vector<link::endpoint> bound_;
  std::optional<link::endpoint> bound_controller_;
  node_host host_;
  admission admission_;
  net::driver driver_;
  bool ended_ = false;
};

}  // namespace klamm::broker::server
