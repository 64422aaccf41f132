#include "cli/demo/reserved_port.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace klamm::cli::demo {

reserved_port::reserved_port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  const int yes = 1;
  if (socket_ < 0 || ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::bind(socket_, address, size) != 0 || ::getsockname(socket_, address, &size) != 0) {
    const int failure = errno;
    if (socket_ >= 0) ::close(socket_);
    throw std::system_error(failure, std::generic_category(), "cannot reserve a port");
  }
  number_ = ntohs(at.sin_port);
}

reserved_port::~reserved_port() { ::close(socket_); }

}  // namespace klamm::cli::demo
