// What a machine says to the network and hears from it. The shell (Asio) and the simulator both speak this,
// and nothing else crosses between them and a machine: encoded bytes, never messages.
//
//   to the machine                          from the machine
//   -------------------------------------   ------------------------------------------------------------
//   accepted(id, listener, peer, local)     connect(id, endpoint)    ids of outgoing connections: the machine's choice
//   connected(id, peer, local)              send(id, bytes)          in order; held until the socket took them
//   received(id, n)  after read_buffer(id)  close(id)                nothing is heard of the id afterwards
//   sent(id, n)      n bytes were taken     pause_reading / resume_reading(id)
//   closed(id, why)  nothing follows
//   tick             at or after deadline()
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/strong.hpp"
#include "base/time.hpp"

namespace klamm::link {

/// Names a connection within one machine. Ids of accepted connections have the highest bit set, so that they
/// never meet the ids that the machine gives to the connections it makes.
using connection_id = strong_id<struct connection_id_tag, std::int64_t>;
/// Which of a server's listeners a connection came in by: an index into the list it was configured with.
using listener_id = strong_id<struct listener_id_tag, std::int32_t>;

struct endpoint {
  std::string host;
  std::uint16_t port = 0;
  auto operator<=>(const endpoint&) const = default;
};

/// How errors name a broker: "host:port (node 1)", without the node where it is not known (-1).
inline std::string broker_name(const endpoint& at, node_id node) {
  auto out = at.host + ":" + std::to_string(at.port);
  if (node.value >= 0) out += " (node " + std::to_string(node.value) + ")";
  return out;
}

namespace event {
struct accepted {
  connection_id id;
  listener_id listener;
  endpoint peer, local;
};
struct connected {
  connection_id id;
  endpoint peer, local;
};
/// `count` bytes were placed at the front of the span that read_buffer(id) returned last.
struct received {
  connection_id id;
  std::size_t count;
};
/// The socket took `count` more bytes of what was sent; budgets and idle timers run by it.
struct sent {
  connection_id id;
  std::size_t count;
};
/// The connection could not be made, was reset, or ended.
struct closed {
  connection_id id;
  error why;
};
/// Time has reached deadline().
struct tick {};
}  // namespace event

using net_event =
    std::variant<event::accepted, event::connected, event::received, event::sent, event::closed, event::tick>;

namespace effect {
struct connect {
  connection_id id;
  endpoint to;
};
struct send {
  connection_id id;
  byte_chain bytes;
};
/// Bytes sent before are still written, then the connection ends; `abort` drops them.
struct close {
  connection_id id;
  bool abort = false;
};
struct pause_reading {
  connection_id id;
};
struct resume_reading {
  connection_id id;
};
}  // namespace effect

using net_effect =
    std::variant<effect::connect, effect::send, effect::close, effect::pause_reading, effect::resume_reading>;

/// Effects in the order in which they were decided. The shell carries them out after the machine returned.
using net_effects = std::vector<net_effect>;

/// What a shell drives: the client core and the broker node are one each.
class net_machine {
 public:
  virtual ~net_machine() = default;
  /// Where the next bytes of a connection go: never empty while the connection is open. Valid until the next
  /// event.
  virtual mutable_bytes read_buffer(connection_id id) = 0;
  virtual void on(const net_event& event, instant now, net_effects& out) = 0;
  /// When the machine next wants a tick; `never` if it waits for events only.
  virtual time_point deadline() const = 0;
};

}  // namespace klamm::link
