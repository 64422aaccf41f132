// The handshake of one TLS connection, waiting for the socket in between. There is no limit of time here: who asked gives up by
// cancel().
#pragma once

#include <memory>

#include "base/unique_function.hpp"
#include "net/tls_stream.hpp"

namespace klamm::net {

class tls_handshake : public std::enable_shared_from_this<tls_handshake> {
 public:
  using handler = unique_function<void(result<std::unique_ptr<stream>>)>;

  tls_handshake(std::unique_ptr<tls_stream> over, handler done)
      : over_(std::move(over)), done_(std::move(done)) {}
  void start();
  /// The handler is not called any more.
  void cancel();

 private:
  void go_on();
  void finish(result<std::unique_ptr<stream>> outcome);

  std::unique_ptr<tls_stream> over_;
  handler done_;
};

}  // namespace klamm::net
