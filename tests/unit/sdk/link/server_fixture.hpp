// A server's connection at a time of the test's own, with what came out of it.
#pragma once

#include <string>
#include <vector>

#include "link/server_connection.hpp"
#include "tests/unit/sdk/link/script.hpp"
#include "wire/messages/heartbeat.hpp"

namespace klamm::test {

using namespace link;
using lines = std::vector<std::string>;

/// One client's connection, the requests that came out of it, and what it decided.
struct server_fixture {
  instant now{time_point(std::chrono::hours(1)), timestamp(0)};
  server_connection connection;
  net_effects net;
  std::vector<incoming> requests;
  test::decided decided;
  bool client_reads = true;

  explicit server_fixture(server_connection_options options = {}, connection_id id = connection_id(1))
      : connection(id, options, now) {}

  server_output out() { return {net, requests}; }

  void step() {
    const auto before = decided.sent.size();
    decided.take(net);
    if (const auto n = decided.sent.size() - before; client_reads && n > 0) {
      connection.on_sent(n, now, out());
      step();
    }
  }
  void receive(const bytes& what, std::size_t at_a_time = SIZE_MAX) {
    feed(
        connection, what,
        [this](std::size_t n) {
          connection.on_received(n, now, out());
          step();
        },
        at_a_time);
  }
  void answer(request_number number) {
    wire::heartbeat_response reply;
    reply.throttle_time_ms = millis(static_cast<int>(number));
    connection.reply(number, reply, now, out());
    step();
  }
  void pass(duration how_long) {
    now.steady += how_long;
    if (connection.deadline() <= now.steady) connection.on_tick(now, out());
    step();
  }
};
/// Heartbeat v4 of member '' in group 'g', from a client without a name.
inline bytes heartbeat(int id) {
  return framed(hex(fmt::format("00 0c 00 04 {:08x} ff ff 00  02 'g' 00 00 00 00 01 00 00", id)));
}
/// As above, with a tag of so many bytes that the whole is large: 200,024 bytes and their size.
inline bytes large_heartbeat(int id) {
  const auto start =
      hex(fmt::format("00 0c 00 04 {:08x} ff ff 00  02 'g' 00 00 00 00 01 00 01 64 c0 9a 0c", id));
  return framed(start + bytes(200'000));
}
}  // namespace klamm::test
