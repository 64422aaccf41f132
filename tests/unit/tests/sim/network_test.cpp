// The simulated network keeps what TCP keeps, and breaks what TCP breaks.
#include "tests/sim/network.hpp"

#include <map>
#include <string>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::sim;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Remembers what it hears, and answers every byte with the same byte if told to.
class listener_machine final : public link::net_machine, public process {
 public:
  link::net_machine& machine() override { return *this; }
  mutable_bytes read_buffer(link::connection_id) override { return buffer_; }
  void on(const link::net_event& event, instant now, link::net_effects& out) override {
    times.push_back(now.steady);
    if (const auto* in = std::get_if<link::event::accepted>(&event)) accepted.push_back(in->id);
    if (const auto* up = std::get_if<link::event::connected>(&event)) connected.push_back(up->id);
    if (const auto* over = std::get_if<link::event::closed>(&event)) closed[over->id] = over->why.message;
    if (const auto* took = std::get_if<link::event::sent>(&event)) sent += took->count;
    if (std::get_if<link::event::tick>(&event)) ++ticks, wanted = never;
    const auto* got = std::get_if<link::event::received>(&event);
    if (!got) return;
    const bytes_view bytes(buffer_.data(), got->count);
    received += as_text(bytes);
    if (echoes) out.push_back(link::effect::send{got->id, byte_chain(buffer_slice::copy(bytes))});
  }
  time_point deadline() const override { return wanted; }

  std::vector<link::connection_id> accepted, connected;
  std::map<link::connection_id, std::string> closed;
  std::vector<time_point> times;
  std::string received;
  std::size_t sent = 0;
  int ticks = 0;
  bool echoes = false;
  time_point wanted = never;

 private:
  std::vector<std::byte> buffer_{std::vector<std::byte>(16)};
};

struct two_hosts {
  explicit two_hosts(std::uint64_t seed = 1) : earth(seed), net(earth) {
    net.start(client_host, client);
    net.start(server_host, server);
    net.listen(server_host, link::listener_id(0), 9092);
  }
  void connect() {
    net.carry_out(client_host, {link::effect::connect{first, {"server", 9092}}});
    run(seconds(1));
  }
  void send(std::string_view text) {
    net.carry_out(client_host,
                  {link::effect::send{first, byte_chain(buffer_slice::copy(as_bytes_view(text)))}});
  }
  void run(duration time) { earth.run_until(earth.now().steady + time); }

  world earth;
  network net;
  listener_machine client, server;
  host_id client_host = net.add_host("client"), server_host = net.add_host("server");
  link::connection_id first{1};
};

}  // namespace

TEST_CASE("bytes arrive in order, in pieces, and are told as sent when they were read") {
  two_hosts f;
  f.net.conditions.piece = 3;
  f.server.echoes = true;
  f.connect();
  REQUIRE(f.client.connected.size() == 1);
  std::string all;
  for (int i = 0; i < 100; ++i) {
    f.send(std::to_string(i) + ",");
    all += std::to_string(i) + ",";
  }
  f.run(seconds(5));
  CHECK(f.server.received == all);
  CHECK(f.client.received == all);
  CHECK(f.client.sent == all.size());
}

TEST_CASE("a port that nobody listens on refuses") {
  two_hosts f;
  f.net.carry_out(f.client_host, {link::effect::connect{link::connection_id(5), {"server", 1}}});
  f.net.carry_out(f.client_host, {link::effect::connect{link::connection_id(6), {"nowhere", 9092}}});
  f.run(seconds(1));
  CHECK(f.client.closed[link::connection_id(5)] == "connection refused");
  CHECK(f.client.closed[link::connection_id(6)] == "no such host");
}

TEST_CASE("a close lets what was sent before arrive; a crash does not answer") {
  two_hosts f;
  f.connect();
  f.send("last words");
  f.net.carry_out(f.client_host, {link::effect::close{f.first}});
  f.run(seconds(1));
  CHECK(f.server.received == "last words");
  CHECK(f.server.closed.size() == 1);

  f.connect();
  f.net.stop(f.server_host);
  f.run(seconds(1));
  CHECK(f.client.closed[f.first] == "connection reset by the peer");
}

TEST_CASE("a partition holds bytes back and hides a crash until it heals") {
  two_hosts f;
  f.connect();
  f.net.block(f.client_host, f.server_host);
  f.net.block(f.server_host, f.client_host);
  f.send("held");
  f.run(seconds(30));
  CHECK(f.server.received.empty());
  f.net.heal();
  f.run(seconds(1));
  CHECK(f.server.received == "held");

  f.net.block(f.server_host, f.client_host);
  f.net.stop(f.server_host);
  f.run(seconds(30));
  CHECK(f.client.closed.empty());
  f.net.heal();
  f.run(seconds(1));
  CHECK(f.client.closed.size() == 1);
}

TEST_CASE("a reset cuts a stream off somewhere, and both ends hear of it") {
  two_hosts f;
  f.connect();
  f.net.conditions.reset = 1;
  f.send("0123456789");
  f.run(seconds(1));
  CHECK(std::string("0123456789").starts_with(f.server.received));
  CHECK(f.server.closed.size() == 1);
  CHECK(f.client.closed.size() == 1);
  CHECK(f.net.counts.resets == 1);
}

TEST_CASE("a paused host hears of bytes and of its deadline when it goes on, in that order") {
  two_hosts f;
  f.connect();
  f.net.pause(f.server_host, seconds(10));
  f.server.wanted = f.earth.now().steady + seconds(1);
  f.net.carry_out(f.server_host, {});
  f.send("x");
  f.run(seconds(9));
  CHECK(f.server.received.empty());
  CHECK(f.server.ticks == 0);
  f.run(seconds(2));
  CHECK(f.server.received == "x");
  CHECK(f.server.ticks == 1);
}

TEST_CASE("a process that was restarted hears nothing of its former self's connections") {
  two_hosts f;
  f.connect();
  f.send("to the old one");
  f.net.stop(f.server_host);
  listener_machine reborn;
  f.net.start(f.server_host, reborn);
  f.net.listen(f.server_host, link::listener_id(0), 9092);
  f.run(seconds(1));
  CHECK(reborn.received.empty());
  CHECK(reborn.closed.empty());
  f.connect();
  f.send("to the new one");
  f.run(seconds(1));
  CHECK(reborn.received == "to the new one");
}

TEST_CASE("a seed gives the same trace, another seed another") {
  const auto trace = [](std::uint64_t seed) {
    two_hosts f(seed);
    f.net.conditions = {.reset = 0.05, .piece = 5};
    f.server.echoes = true;
    for (int round = 0; round < 20; ++round) {
      f.connect();
      f.send("some text to be cut into pieces");
      f.run(seconds(1));
      f.net.carry_out(f.client_host, {link::effect::close{f.first}});
    }
    return f.earth.trace_hash();
  };
  CHECK(trace(1) == trace(1));
  CHECK(trace(1) != trace(2));
}
