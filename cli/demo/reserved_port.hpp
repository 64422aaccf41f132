// A TCP port of the loopback interface that stays ours while a broker that listens there is down.
//
// Nodes of a cluster are told each other's ports before any of them runs, and come back at the same port after a kill. To take a
// free port and let go of it is a race that somebody else may win. So the port is bound here, for as long as this object lives,
// and never listened on: who connects is refused until the broker listens; the broker may bind the port beside us, as both ask for
// SO_REUSEADDR; and the system gives a bound port to nobody who asks for any free one.
#pragma once

#include <cstdint>

namespace klamm::cli::demo {

class reserved_port {
 public:
  /// Throws std::system_error.
  reserved_port();
  ~reserved_port();
  reserved_port(const reserved_port&) = delete;

  std::uint16_t number() const { return number_; }

 private:
  int socket_;
  std::uint16_t number_ = 0;
};

}  // namespace klamm::cli::demo
