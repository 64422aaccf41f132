// A node on a thread of its own, as an application embeds it.
#pragma once

#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#include <asio/io_context.hpp>

#include "broker/server/running_node.hpp"

namespace klamm::broker::server {

/// It was asked to stop before it served.
struct never_served : std::runtime_error {
  never_served() : runtime_error("the broker was stopped before it served") {}
};

/// Members belong to the owner's thread, but for advertise(). Failures are std::runtime_error, saying what and what to do.
class node_thread {
 public:
  /// `failed`, on the node's thread: it served, and has ended by itself.
  node_thread(server_options options, log_sink& sink, std::function<void(const error&)> failed = nullptr);
  ~node_thread();

  /// Takes the directory and the ports.
  void prepare();
  const std::optional<link::endpoint>& controller_address() const { return node_.controller_address(); }
  void set_controllers(std::vector<raft::voter> all) { node_.set_controllers(std::move(all)); }
  void set_new_cluster_id(std::string id) { node_.set_new_cluster_id(std::move(id)); }
  void start();
  /// Waits until it serves, and gives the clients' address; or until it is asked not to, which is a failure too.
  link::endpoint wait_until_serving(const std::stop_token& given_up = {});
  void stop();
  /// Begins to stop, as all others do: wait_until_left() waits until none of them needs it for that, stop() for the end.
  void begin_to_stop_with_others();
  void wait_until_left();
  /// Ends it as a crash of its process would: connections break off, and nothing is written any more.
  void kill();
  /// It does nothing and hears nothing until resume(), as a stopped process; whoever connects waits. Idempotent, both.
  void pause();
  void resume();
  bool is_paused() const { return resumed_.has_value(); }
  /// By itself, or because it could not start.
  bool has_ended() const { return io_.stopped(); }

  void advertise(std::optional<link::endpoint> at);
  std::string cluster_id() { return node_.cluster_id(); }

 private:
  void on_left();
  void on_ended(const error& why);
  template <class Why>
  void fail_to_serve(const Why& why);

  asio::io_context io_{1};
  std::function<void(const error&)> failed_;
  std::promise<link::endpoint> serving_;
  std::promise<void> left_;
  bool leaves_ = false, has_left_ = false;  // the owner's; on the node's thread
  bool told_ = false, served_ = false;      // on the node's thread
  running_node node_;
  std::thread thread_;
  std::optional<std::promise<void>> resumed_;  // of a node that pauses
};

}  // namespace klamm::broker::server
