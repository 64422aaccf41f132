// What connects a consumer's fetch queue with its engine and its descriptor.
// Records may outlive their consumer, and with them the queue and this; the
// engine is then gone, and nobody listens.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "api/engine.hpp"
#include "api/rebalance_teller.hpp"
#include "handoff/fetch_queue.hpp"
#include "net/event_signal.hpp"

namespace klamm::api {

class consumer_wiring {
 public:
  /// `commits`: positions are committed before partitions are given up. `on_rebalance`: may be none.
  consumer_wiring(bool commits, const std::function<void(Rebalance)>& on_rebalance) : commits_(commits) {
    if (on_rebalance) teller_.emplace(on_rebalance);
  }
  static handoff::fetch_queue_hooks hooks(const std::shared_ptr<consumer_wiring>& wiring);

  /// Before the engine starts.
  void connect(const std::shared_ptr<engine>& to, const std::shared_ptr<handoff::fetch_queue>& queue);
  /// Readable while a poll has something to do. Throws std::system_error
  /// without descriptors.
  int ready_fd();
  /// What the group has assigned is given up by a call of the application's: it hears of it here.
  void give_up();
  /// The same by a call that leaves the group; `left` once the engine has carried it out.
  void leave();
  void left();

 private:
  void room_freed();
  void rebalance(const std::shared_ptr<consumer_wiring>& self, const client::rebalance_event& event);
  void go_on(const client::rebalance_event& event);
  void ready(bool is);

  const bool commits_;
  std::optional<rebalance_teller> teller_;
  std::weak_ptr<engine> engine_;
  std::weak_ptr<handoff::fetch_queue> queue_;
  std::mutex lock_;
  std::optional<net::event_signal> signal_;
  bool is_ready_ = false;
};

}  // namespace klamm::api
