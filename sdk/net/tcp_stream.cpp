#include <cerrno>
#include <sys/socket.h>

#include <asio/error.hpp>

#include "net/stream.hpp"

namespace klamm::net {
namespace {

class tcp_stream final : public stream {
 public:
  explicit tcp_stream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  io_result read(mutable_bytes to) override {
    const auto n = ::recv(socket_.native_handle(), to.data(), to.size(), 0);
    if (n == 0) return {0, false, asio::error::make_error_code(asio::error::eof)};
    return outcome(n);
  }
  io_result write(std::span<const iovec> from) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(from.data());
    message.msg_iovlen = from.size();
    return outcome(::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL));
  }
  void end() override {
    std::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  }
  asio::ip::tcp::socket& socket() override { return socket_; }

 private:
  static io_result outcome(ssize_t n) {
    if (n >= 0) return {static_cast<std::size_t>(n), false, {}};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS) return {0, true, {}};
    return {0, false, std::error_code(errno, std::system_category())};
  }

  asio::ip::tcp::socket socket_;
};

}  // namespace

std::unique_ptr<stream> make_tcp_stream(asio::ip::tcp::socket socket) {
  // A peer that is gone already makes these fail; the first read says so.
  std::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  return std::make_unique<tcp_stream>(std::move(socket));
}

}  // namespace klamm::net
