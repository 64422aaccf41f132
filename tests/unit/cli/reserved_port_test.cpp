// What the demo's brokers stand on: their ports stay reserved, and are theirs to listen on.
#include "cli/demo/reserved_port.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

using klamm::cli::demo::reserved_port;

namespace {

struct tcp_socket {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  ~tcp_socket() { ::close(fd); }

  static sockaddr_in at(const reserved_port& port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port.number());
    return address;
  }
  /// 0, or errno.
  int connect(const reserved_port& port) const {
    const auto address = at(port);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  }
  int listen(const reserved_port& port, int share) const {
    const auto address = at(port);
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &share, sizeof share);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return errno;
    return ::listen(fd, 1) == 0 ? 0 : errno;
  }
};

}  // namespace

TEST_CASE("a reserved port refuses who connects until its broker listens, which it may again and again") {
  const reserved_port port;
  CHECK(tcp_socket().connect(port) == ECONNREFUSED);
  for (int start = 0; start < 2; ++start) {
    const tcp_socket broker;
    REQUIRE(broker.listen(port, 1) == 0);
    CHECK(tcp_socket().connect(port) == 0);
  }
  CHECK(tcp_socket().connect(port) == ECONNREFUSED);
}

TEST_CASE("a reserved port is nobody else's") {
  const reserved_port port, other;
  CHECK(port.number() != other.number());
  CHECK(tcp_socket().listen(port, 0) == EADDRINUSE);
}
