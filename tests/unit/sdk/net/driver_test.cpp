#include "net/driver.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <thread>

#include <asio/ip/tcp.hpp>

#include "net/system.hpp"
#include "tests/unit/sdk/net/scripted_machine.hpp"

namespace klamm::net {
namespace {

using namespace link;
using test::net_fixture;
using test::text;

constexpr connection_id one(1);

TEST_CASE("a connection is made, carries bytes both ways, and its end is told once") {
  net_fixture f;
  f.connect();
  CHECK(f.server.accepted[0].value < 0);
  f.decide(f.client_driver, effect::send{one, text("ping")});
  f.until([&] { return f.server.bytes[f.server.accepted[0]] == "ping"; });
  CHECK(f.client.sent[one] == 4);
  f.decide(f.server_driver, effect::send{f.server.accepted[0], text("pong")});
  f.decide(f.server_driver, effect::close{f.server.accepted[0]});
  f.until([&] { return !f.client.closed.empty(); });
  CHECK(f.client.bytes[one] == "pong");
  CHECK(f.client.closed[0].second.code == error_code::disconnected);
  CHECK(f.client.closed[0].second.message == "the peer closed the connection");
  CHECK(f.server.closed.empty());
  f.until([&] { return f.client_driver.connections() + f.server_driver.connections() == 0; });
  CHECK(f.client.closed.size() == 1);
}

TEST_CASE("what is sent before the connection stands leaves once it does") {
  net_fixture f;
  f.client_driver.post([&](instant, net_effects& out) {
    out.push_back(effect::connect{one, f.address});
    out.push_back(effect::send{one, text("early")});
  });
  f.until([&] { return !f.server.accepted.empty() && f.server.bytes[f.server.accepted[0]] == "early"; });
  CHECK(f.client.heard == std::vector<std::string>{"connected", "sent"});
}

TEST_CASE("sends of one round share a system call, and one event tells of all") {
  net_fixture f;
  f.connect();
  f.client.heard.clear();
  f.client_driver.post([&](instant, net_effects& out) {
    for (int i = 0; i < 100; ++i) out.push_back(effect::send{one, text("x")});
  });
  f.until([&] { return f.client.sent[one] == 100; });
  CHECK(f.client.heard == std::vector<std::string>{"sent"});
}

TEST_CASE("a send larger than the socket takes goes out in parts, whole and in order") {
  net_fixture f;
  f.connect();
  std::string large(20'000'000, 'a');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 23);
  f.decide(f.client_driver, effect::send{one, text(large)});
  f.decide(f.client_driver, effect::close{one});
  f.until([&] { return !f.server.closed.empty(); });
  CHECK(f.server.bytes[f.server.accepted[0]] == large);
}

TEST_CASE("a peer that paused reading holds the sender back; resuming brings the rest") {
  net_fixture f;
  f.connect();
  const auto at_server = f.server.accepted[0];
  f.decide(f.server_driver, effect::pause_reading{at_server});
  f.until([&] { return f.context.poll() == 0; });
  const std::size_t size = 50'000'000;
  f.decide(f.client_driver, effect::send{one, text(std::string(size, 'z'))});
  f.until([&] { return f.client.sent[one] > 0 && f.context.poll() == 0; });
  CHECK(f.client.sent[one] < size);
  CHECK(f.server.bytes[at_server].size() <= f.server.buffer_size);
  f.decide(f.server_driver, effect::resume_reading{at_server});
  f.until([&] { return f.server.bytes[at_server].size() == size; });
  CHECK(f.client.sent[one] == size);
}

TEST_CASE("the last reply survives a close although the peer's bytes were not read") {
  net_fixture f;
  f.connect();
  const auto at_server = f.server.accepted[0];
  f.decide(f.server_driver, effect::pause_reading{at_server});
  f.until([&] { return f.context.poll() == 0; });
  f.decide(f.client_driver, effect::send{one, text(std::string(100'000, 'q'))});
  f.until([&] { return f.client.sent[one] == 100'000; });
  f.server_driver.post([&](instant, net_effects& out) {
    out.push_back(effect::send{at_server, text("the last word")});
    out.push_back(effect::close{at_server});
  });
  f.until([&] { return !f.client.closed.empty(); });
  CHECK(f.client.bytes[one] == "the last word");
  f.until([&] { return f.server_driver.connections() == 0; });
}

TEST_CASE("aborting drops what was not sent, and the machine hears nothing more") {
  net_fixture f;
  f.connect();
  f.client_driver.post([&](instant, net_effects& out) {
    out.push_back(effect::send{one, text("never")});
    out.push_back(effect::close{one, true});
  });
  f.until([&] { return !f.server.closed.empty(); });
  CHECK(f.server.bytes.empty());
  CHECK(f.client.heard == std::vector<std::string>{"connected"});
}

TEST_CASE("of a connection that it closed a machine hears nothing, not even in the same round") {
  net_fixture f;
  f.connect();
  const auto at_server = f.server.accepted[0];
  std::size_t heard_after = 0;
  bool closed = false;
  f.server.react = [&](const net_event& event, net_effects& out) {
    if (closed) ++heard_after;
    if (!std::holds_alternative<event::received>(event)) return;
    closed = true;
    out.push_back(effect::send{at_server, text("bye")});
    out.push_back(effect::close{at_server});
  };
  f.decide(f.client_driver, effect::send{one, text("a")});
  f.until([&] { return !f.client.closed.empty(); });
  CHECK(f.client.bytes[one] == "bye");
  CHECK(heard_after == 0);
}

TEST_CASE("a refused connection is told with the address and the reason") {
  net_fixture f;
  f.server_driver.stop_listening();
  f.decide(f.client_driver, effect::connect{one, f.address});
  f.until([&] { return !f.client.closed.empty(); });
  CHECK(f.client.closed[0].second.code == error_code::connect_failed);
  CHECK(f.client.closed[0].second.message ==
        "cannot connect to 127.0.0.1:" + std::to_string(f.address.port) + ": 127.0.0.1: Connection refused");
  CHECK(f.client_driver.connections() == 0);
}

TEST_CASE("a name that does not resolve is told") {
  net_fixture f;
  f.decide(f.client_driver, effect::connect{one, {"no-such-host.invalid", 9092}});
  f.until([&] { return !f.client.closed.empty(); });
  CHECK(f.client.closed[0].second.message.starts_with("cannot connect to no-such-host.invalid:9092: "));
}

TEST_CASE("every address of a name is tried: localhost where only IPv4 listens") {
  net_fixture f;
  f.decide(f.client_driver, effect::connect{one, {"localhost", f.address.port}});
  f.until([&] { return !f.client.connected.empty(); });
  f.until([&] { return f.server.accepted.size() == 1; });
}

TEST_CASE("a machine can give up a connection that is being made") {
  net_fixture f;
  f.client_driver.post([&](instant, net_effects& out) {
    out.push_back(effect::connect{one, {"localhost", f.address.port}});
    out.push_back(effect::close{one});
  });
  f.until([&] { return f.client_driver.connections() == 0 && f.context.poll() == 0; });
  CHECK(f.client.heard.empty());
}

TEST_CASE("a tick comes at the deadline, and not before") {
  net_fixture f;
  const auto before = system_now().steady;
  f.client_driver.post([&](instant now, net_effects&) { f.client.wants_tick = now.steady + millis(20); });
  f.until([&] { return f.client.ticks == 1; });
  CHECK(system_now().steady - before >= millis(20));
}

TEST_CASE("after a stall the machine hears what arrived before it hears that time passed") {
  net_fixture f;
  f.connect();
  f.client.heard.clear();
  f.client_driver.post([&](instant now, net_effects&) {
    f.client.wants_tick = now.steady;  // due at once, while the reply lies in the socket unseen
    asio::io_context other;
    asio::ip::tcp::socket aside(other);
    aside.connect({asio::ip::make_address(f.address.host), f.address.port});
  });
  f.decide(f.server_driver, effect::send{f.server.accepted[0], text("heartbeat")});
  f.until([&] { return f.client.ticks == 1; });
  CHECK(f.client.heard == std::vector<std::string>{"received", "tick"});
}

TEST_CASE("commands from other threads run in their order, and each round ends with the hook") {
  asio::io_context context;
  test::scripted_machine machine;
  int rounds = 0;
  driver_options options;
  options.after_round = [&] { ++rounds; };
  driver shell(context.get_executor(), machine, std::move(options));
  std::vector<int> ran;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) shell.post([&ran, i](instant, net_effects&) { ran.push_back(i); });
  });
  while (ran.size() < 1000) context.restart(), context.run_one_for(std::chrono::seconds(1));
  other.join();
  context.restart();
  context.poll();
  CHECK(std::ranges::is_sorted(ran));
  CHECK(rounds > 0);
}

TEST_CASE("several listeners, each by its name; a port in use is told") {
  net_fixture f;
  const auto second = f.server_driver.listen(listener_id(1), {"127.0.0.1", 0});
  REQUIRE(second);
  CHECK(second->port != f.address.port);
  const auto refused = f.server_driver.listen(listener_id(2), {"127.0.0.1", second->port});
  REQUIRE(!refused);
  CHECK(refused.failure().message ==
        "cannot listen on 127.0.0.1:" + std::to_string(second->port) + ": Address already in use");
  listener_id came_by;
  f.server.react = [&](const net_event& event, net_effects&) {
    if (const auto* accepted = std::get_if<event::accepted>(&event)) came_by = accepted->listener;
  };
  f.decide(f.client_driver, effect::connect{one, *second});
  f.until([&] { return came_by == listener_id(1); });
}

TEST_CASE("out of descriptors the listener rests instead of spinning, and goes on when one is free") {
  driver_options patient;
  patient.accept_backoff = std::chrono::hours(1);
  net_fixture f(std::move(patient));
  f.connect();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  asio::ip::tcp::socket waiting(f.context);
  waiting.open(asio::ip::tcp::v4());
  rlimit none = before;
  none.rlim_cur = 3;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  waiting.connect({asio::ip::make_address(f.address.host), f.address.port});
  for (int i = 0; i < 20; ++i) f.context.run_one_for(millis(10));
  CHECK(f.server.accepted.size() == 1);
  f.context.restart();
  CHECK(f.context.poll() == 0);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  f.decide(f.client_driver, effect::close{one});
  f.until([&] { return f.server.accepted.size() == 2; });
}

TEST_CASE("who is not admitted is closed at once, and what ends makes room") {
  asio::io_context context;
  test::scripted_machine machine, clients;
  driver_options options;
  std::vector<std::size_t> asked;
  options.admits = [&asked](std::size_t descriptor, std::size_t open) {
    CHECK(descriptor > 2);
    asked.push_back(open);
    return open < 2;
  };
  driver server(context.get_executor(), machine, std::move(options));
  driver client(context.get_executor(), clients, {});
  const auto address = server.listen(listener_id(0), {"127.0.0.1", 0});
  REQUIRE(address);
  const auto connect = [&](std::int64_t id) {
    client.post(
        [=](instant, net_effects& out) { out.push_back(effect::connect{connection_id(id), *address}); });
  };
  for (const auto id : {1, 2, 3}) connect(id);
  test::run_until(context, [&] { return asked.size() == 3 && clients.closed.size() == 1; });
  CHECK(asked == std::vector<std::size_t>{0, 1, 2});
  CHECK(machine.accepted.size() == 2);
  CHECK(server.connections() == 2);
  server.post([&](instant, net_effects& out) { out.push_back(effect::close{machine.accepted[0]}); });
  test::run_until(context, [&] { return clients.closed.size() == 2; });
  connect(4);
  test::run_until(context, [&] { return machine.accepted.size() == 3; });
  CHECK(asked.back() == 1);
}

TEST_CASE("shutting down drops everything, and the machine hears nothing of it") {
  net_fixture f;
  f.connect();
  const auto heard = f.client.heard;
  f.decide(f.client_driver, effect::send{one, text("lost")});
  f.client_driver.shut_down();
  f.until([&] { return !f.server.closed.empty(); });
  CHECK(f.client.heard == heard);
  CHECK(f.client_driver.connections() == 0);
}

TEST_CASE(
    "shutting down ends the wait for a peer's end: a context with nothing else to do comes to its end") {
  driver_options patient;
  patient.linger = std::chrono::hours(1);
  net_fixture f(std::move(patient));
  f.connect();
  f.server_driver.post([&](instant, net_effects& out) {  // it reads no end
    out.push_back(effect::pause_reading{f.server.accepted[0]});
  });
  f.decide(f.client_driver, effect::close{one});
  f.context.restart();
  f.context.poll();
  f.client_driver.shut_down();
  f.server_driver.shut_down();
  f.context.restart();
  f.context.run_for(std::chrono::seconds(20));
  CHECK(f.context.stopped());
}

TEST_CASE("the system's random numbers differ, at every size") {
  std::vector<std::byte> a(1000), b(1000);
  system_entropy().fill(a);
  system_entropy().fill(b);
  CHECK(a != b);
  CHECK(std::ranges::count(a, std::byte{0}) < 100);
}

}  // namespace
}  // namespace klamm::net
