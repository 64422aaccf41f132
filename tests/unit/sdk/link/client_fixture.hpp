// One connection of a client under a test's hand, on a clock that only the test moves.
#pragma once

#include <doctest/doctest.h>

#include "link/client_connection.hpp"
#include "tests/unit/sdk/link/script.hpp"
#include "wire/messages/heartbeat.hpp"

namespace klamm::link {

using namespace std::chrono_literals;
using test::bytes;
using test::framed;
using test::hex;
using test::operator+;

// ApiVersions of a broker with Metadata 0 to 12 and ApiVersions 0 to 3, in version 5, after correlation id `id`.
inline bytes versions_v5(int id) {
  return framed(
      hex(fmt::format("{:08x} 00 00  03  00 03 00 00 00 0c 00  00 12 00 00 00 03 00  00 00 00 00  00", id)));
}

// One connection, the effects that it decided, and what its requests came to, in words.
struct client_fixture {
  client_connection connection;
  instant now{time_point(1h), timestamp(0)};
  net_effects net;
  std::vector<settled_request> settled;
  test::decided decided;
  std::vector<std::string> outcomes;
  std::vector<error> failures;

  explicit client_fixture(client_connection_options options = {})
      : connection(connection_id(1), {"broker", 9092}, std::move(options)) {
    connection.start(now, out());
    decided.take(net);
  }

  client_output out() { return {net, settled}; }

  // Carries out what was decided: the socket takes `at_most` bytes of each step's sends.
  void step(std::size_t at_most = SIZE_MAX) {
    const auto before = decided.sent.size();
    decided.take(net);
    if (const auto n = std::min(decided.sent.size() - before, at_most)) connection.on_sent(n, now, out());
    for (auto& one : std::exchange(settled, {})) one.handler(std::move(one.reply), now);
  }
  void connected() {
    connection.on_connected(now, out());
    step();
  }
  void receive(const bytes& what) {
    test::feed(connection, what, [this](std::size_t n) { connection.on_received(n, now, out()); });
    step();
  }
  void lose() {
    connection.on_closed(error(error_code::disconnected, "reset"), now, out());
    step();
  }
  void pass(duration how_long) {
    now.steady += how_long;
    if (connection.deadline() <= now.steady) connection.on_tick(now, out());
    step();
  }
  void make_ready() {
    connected();
    receive(versions_v5(0));
    REQUIRE(connection.ready());
    decided = {};
  }
  void heartbeat(const std::string& name, duration timeout = 30s, bool expects_reply = true,
                 std::size_t taken = SIZE_MAX) {
    wire::heartbeat_request message;
    message.group_id = "g";
    REQUIRE(connection.send(message, 4, {timeout, expects_reply}, note(name), now, out()));
    step(taken);
  }
  reply_handler note(const std::string& name) {
    return [this, name](reply&& r, instant) {
      if (!r.answer) failures.push_back(r.answer.failure());
      outcomes.push_back(name + ": " +
                         (r.answer ? test::to_hex(r.answer->body.view())
                                   : fmt::format("{}{}", klamm::name(r.answer.failure().code),
                                                 r.maybe_written ? ", maybe written" : "")));
    };
  }
  // Heartbeat v4's answer: header v1, no throttling, no error.
  void answer(int id) { receive(framed(hex(fmt::format("{:08x} 00  00 00 00 00 00 00 00", id)))); }

  using lines = std::vector<std::string>;
};

}  // namespace klamm::link
