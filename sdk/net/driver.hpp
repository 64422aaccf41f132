// Runs one net_machine on sockets: the thin shell around the client core and around the broker node.
//
// A round: every socket that became readable is read once into the machine's own buffer and the machine told; then, once
// all of them were, the ticks that are due; then what was decided is carried out, with one gathering write per connection.
// So after a stall the machine hears what arrived before it hears that time passed, and small frames share a system call.
//
// Everything but post() and the constructor's listeners belongs to the thread that runs the executor.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "link/transport.hpp"
#include "net/tls_context.hpp"

namespace klamm::net {

struct driver_options {
  /// How long a socket waits for one address of a name before the next is tried beside it (RFC 8305).
  duration address_stagger = std::chrono::milliseconds(250);
  /// After accept failed for want of descriptors or memory, so long nobody is accepted unless a connection ends.
  duration accept_backoff = std::chrono::milliseconds(100);
  /// Asked of each connection that was accepted: its descriptor, and how many of its listener are open. Who is not taken is
  /// closed at once. Null: all are taken.
  unique_function<bool(std::size_t descriptor, std::size_t open)> admits;
  /// SO_SNDBUF and SO_RCVBUF; 0: the system's own choice.
  int send_buffer = 0, receive_buffer = 0;
  /// Bytes that were decided to be sent before a connection closes are given this long to leave.
  duration linger = std::chrono::seconds(5);
  /// Of every connection that is made, not of those accepted. Null: no TLS.
  std::shared_ptr<const tls_context> tls;
  /// Called at the end of each round, when everything that was decided has been carried out: completions run here.
  unique_function<void()> after_round;
};

/// What a task posted to the driver may do besides talking to its machine.
using command = unique_function<void(instant now, link::net_effects& out)>;

class driver {
 public:
  /// `machine` outlives the driver. The executor must run on one thread at a time (one io_context thread, or a strand).
  driver(asio::any_io_executor executor, link::net_machine& machine, driver_options options = {});
  ~driver();
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;

  /// Listens; port 0 lets the system choose. The result is the address bound. Connections name the listener by `id`.
  result<link::endpoint> listen(link::listener_id id, const link::endpoint& at);
  /// The same in two steps: who connects before accept() waits with the operating system.
  result<link::endpoint> bind(link::listener_id id, const link::endpoint& at);
  void accept(link::listener_id id);

  /// Runs `what` on the driver's thread, with the machine at rest, in the order of posting; what it decides is carried out
  /// with the rest of the round. From any thread. Wakes the thread only if nothing posted before still waits for it.
  void post(command what);

  /// Accepts nobody any more; connections stay.
  void stop_listening();
  /// Closes everything at once. The machine hears nothing afterwards. Idempotent.
  void shut_down();

  std::size_t connections() const;

 private:
  class core;
  std::shared_ptr<core> core_;
  bool down_ = false;
};

}  // namespace klamm::net
