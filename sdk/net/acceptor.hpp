// One listening socket: hands over what connects, and rests where the process is out of descriptors.
#pragma once

#include <memory>

#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "link/transport.hpp"

namespace klamm::net {

class acceptor : public std::enable_shared_from_this<acceptor> {
 public:
  using handler = unique_function<void(asio::ip::tcp::socket)>;

  acceptor(asio::any_io_executor executor, duration backoff);

  /// Binds and listens; the result is the address with the port that the system chose, if 0 was asked.
  result<link::endpoint> listen(const link::endpoint& at);
  void start(handler on_accepted);
  void stop();
  /// A descriptor became free: try again now, if resting.
  void retry();

 private:
  void wait();
  void accept_all();
  void rest();

  asio::ip::tcp::acceptor socket_;
  asio::steady_timer rest_timer_;
  duration backoff_;
  bool resting_ = false;
  handler on_accepted_;
};

/// As the machines name it: the address in numbers.
link::endpoint to_endpoint(const asio::ip::tcp::endpoint& from);

}  // namespace klamm::net
