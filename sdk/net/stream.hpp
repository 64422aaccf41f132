// Bytes over a socket: plain TCP here, TLS behind the same face.
#pragma once

#include <memory>
#include <span>
#include <sys/uio.h>
#include <system_error>

#include <asio/ip/tcp.hpp>

#include "base/bytes.hpp"

namespace klamm::net {

struct io_result {
  std::size_t count = 0;
  /// Nothing to do before the socket is ready again.
  bool would_block = false;
  /// Set where the stream failed or, in reading, ended (asio::error::eof).
  std::error_code failure;
};

/// Never blocks. Waiting is done on socket(), by the driver.
class stream {
 public:
  virtual ~stream() = default;
  virtual io_result read(mutable_bytes to) = 0;
  /// Takes as much of `from` as it can in one system call.
  virtual io_result write(std::span<const iovec> from) = 0;
  /// Whether read() has bytes although the socket may have none (what a TLS record still holds).
  virtual bool has_buffered() const { return false; }
  /// Tells the peer that no more bytes come. Those of the peer can still be read.
  virtual void end() = 0;
  virtual asio::ip::tcp::socket& socket() = 0;
};

/// `socket` is connected; it becomes non-blocking, without Nagle's delay, with keep-alive.
std::unique_ptr<stream> make_tcp_stream(asio::ip::tcp::socket socket);

}  // namespace klamm::net
