// A proxy between Kafka clients and one broker, which makes the faults of a network happen where the rules say.
//
//   event                     what happens
//   -----------------------   ---------------------------------------------------------------------------------
//   a client connects         a connection to the broker; where there is none to be had, the client's is closed
//   bytes of either end       forwarded after `delay`, as far as the referee lets their frames pass
//   an end closes             what it had said is forwarded, then the other end is closed
//   an end resets, or a cut   both ends are reset
//   a request passed whole    where the copy rules say so, the broker gets it once more, late, on another connection
//   pause, resume             meanwhile nothing is read nor forwarded: connections stay, and fill up
//
// Brokers tell their clients where to connect to, so the broker has to advertise this proxy's address
// (advertised.listeners). At most 1 MiB in each direction of a connection is in memory.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>

#include "base/result.hpp"
#include "link/transport.hpp"
#include "tests/proxy/late_copies.hpp"
#include "tests/proxy/referee.hpp"

namespace klamm::proxy {

struct proxy_options {
  link::endpoint listen{"127.0.0.1", 0};
  link::endpoint broker{};
  klamm::proxy::rules rules{};
  copy_rules copies{};
  /// Shown each request that passed whole.
  frame_stream::tap requests{};
  /// SO_RCVBUF of the clients' sockets: how much they can send into a paused proxy. 0: the system's choice.
  int receive_buffer = 0;
};

/// Everything belongs to the thread that runs the executor, but for the constructor.
class frame_proxy {
 public:
  frame_proxy(asio::any_io_executor executor, proxy_options options);
  ~frame_proxy();
  frame_proxy(const frame_proxy&) = delete;
  frame_proxy& operator=(const frame_proxy&) = delete;

  /// Listens from now on. The result is the address bound.
  result<link::endpoint> start();
  void pause();
  void resume();
  /// Resets all connections, and takes none any more.
  void stop();
  const counts& so_far() const;

 private:
  struct core;
  std::shared_ptr<core> core_;
};

}  // namespace klamm::proxy
