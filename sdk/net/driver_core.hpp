// The inside of the driver: sockets, rounds and the one timer.
//
//   socket readable ─┐                                     ┌─ nothing due ─> carry out
//   connected ───────┼─> machine.on(event) ─> end of round ┤
//   command posted ──┘                                     └─ deadline due ─> one more look at the sockets ─> tick ─> carry out
//
// The end of a round is a handler posted behind those that the reactor found ready in the same pass, so it comes after all
// of them. Before a tick the reactor is passed once more: two posts guarantee it (the first lands before the reactor's own
// place in the queue, the second behind what the reactor then found).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "net/acceptor.hpp"
#include "net/connector.hpp"
#include "net/driver.hpp"
#include "net/outbox.hpp"
#include "net/stream.hpp"
#include "net/tls_handshake.hpp"

namespace klamm::net {

class driver::core : public std::enable_shared_from_this<driver::core> {
 public:
  core(asio::any_io_executor executor, link::net_machine& machine, driver_options options);

  result<link::endpoint> bind(link::listener_id id, const link::endpoint& at);
  void accept(link::listener_id id);
  void post(command what);
  void stop_listening();
  void shut_down();
  std::size_t connections() const { return connections_.size(); }

 private:
  // connecting, shaking hands (io is null) -> open -> finishing (writes what is left, discards what comes) -> gone
  struct connection {
    link::connection_id id;
    std::optional<link::listener_id> listener;  // of one that was accepted
    std::shared_ptr<connector> connecting;
    std::shared_ptr<tls_handshake> shaking_hands;
    std::unique_ptr<stream> io;
    outbox out;
    bool reading = true;  // the machine wants bytes
    bool read_armed = false, write_armed = false;
    bool dirty = false;         // in dirty_
    bool write_failed = false;  // what is left to send is dropped; the end is told when reading finds it
    bool forgotten = false;     // the machine decided to close it: it hears nothing of it any more
    bool finishing = false;
    bool gone = false;
    std::unique_ptr<asio::steady_timer> linger;
  };
  using shared_connection = std::shared_ptr<connection>;

  void tell(const shared_connection& about, const link::net_event& event);
  void run(command& what);
  void forget_closed(std::size_t from);
  void end_round_soon();
  void end_round();
  void tick_after_looking(int passes);
  void carry_out();
  void arm_timer();

  void apply(link::effect::connect& what);
  void apply(link::effect::send& what);
  void apply(link::effect::close& what);
  void apply(link::effect::pause_reading& what);
  void apply(link::effect::resume_reading& what);

  void on_accepted(link::listener_id listener, asio::ip::tcp::socket socket);
  void on_connected(const shared_connection& c, const std::string& host,
                    result<asio::ip::tcp::socket> outcome);
  void on_stream(const shared_connection& c, result<std::unique_ptr<stream>> outcome);
  std::unique_ptr<stream> over(asio::ip::tcp::socket socket) const;
  void on_readable(const shared_connection& c);
  void read_once(const shared_connection& c);
  void write_out(const shared_connection& c);
  void on_write_failed(const shared_connection& c, const std::error_code& why);
  void finish(const shared_connection& c);
  void discard(const shared_connection& c);
  void wait_to_read(const shared_connection& c);
  void wait_to_write(const shared_connection& c);
  void mark_dirty(const shared_connection& c);
  void end(const shared_connection& c, const std::error_code& why);
  void drop(const shared_connection& c);
  shared_connection find(link::connection_id id) const;

  asio::any_io_executor executor_;
  link::net_machine* machine_;  // null once shut down
  driver_options options_;
  std::map<link::listener_id, std::shared_ptr<acceptor>> acceptors_;
  std::unordered_map<link::connection_id, shared_connection> connections_;
  std::map<link::listener_id, std::size_t> accepted_;  // that are open
  std::int64_t next_accepted_ = INT64_MIN;             // accepted ids have the highest bit set

  link::net_effects decided_, carrying_;
  std::vector<shared_connection> dirty_, writing_;
  bool round_ending_ = false;
  bool looking_ = false;  // between finding a deadline due and the tick

  asio::steady_timer timer_;
  time_point armed_for_ = never;
};

}  // namespace klamm::net
