// Large requests of several clients that share a listener's memory.
#include <list>

#include <doctest/doctest.h>

#include "tests/unit/sdk/link/server_fixture.hpp"

namespace klamm::link {
namespace {

using namespace std::chrono_literals;
using test::bytes;
using test::heartbeat;
using test::large_heartbeat;
using test::lines;
using test::operator+;

/// Sends a large request, part by part.
struct client : test::server_fixture {
  bytes request = large_heartbeat(1);
  std::size_t sent = 0;

  client(frame_memory& memory, std::uint64_t number)
      : server_fixture({.memory = &memory}, connection_id(number)) {}

  void send(std::size_t count) {
    const auto from = request.begin() + static_cast<std::ptrdiff_t>(sent);
    receive({from, from + static_cast<std::ptrdiff_t>(count)});
    sent += count;
  }
  void finish() { send(request.size() - sent); }
  bool waits() const { return !connection.reading(); }
};

/// A listener with clients numbered from 1 and a limit of 100,000 bytes.
struct listener {
  frame_memory memory{100'000};
  std::list<client> clients;

  client& connect() { return clients.emplace_back(memory, clients.size() + 1); }
  void go_on() {
    for (const auto id : memory.take_readable())
      for (auto& one : clients)
        if (one.connection.id() == id) one.connection.on_memory(one.now, one.out()), one.step();
  }
};

}  // namespace

TEST_CASE("while less than the limit is held everybody is read, whatever sizes are announced") {
  listener at;
  for (int i = 0; i < 50; ++i) at.connect().send(1000);
  CHECK(at.memory.held() == 50 * (1000 - 4));
  for (const auto& one : at.clients) CHECK(!one.waits());
}

TEST_CASE("at the limit the first alone is read; when it is whole the others go on") {
  listener at;
  auto& first = at.connect();
  auto& second = at.connect();
  auto& third = at.connect();
  first.send(60'000);
  second.send(60'000);
  third.send(10'000);
  CHECK(!first.waits());
  CHECK(second.waits());
  CHECK(third.waits());
  at.go_on();
  CHECK(second.waits());

  first.finish();
  CHECK(first.requests.size() == 1);
  at.go_on();
  CHECK(!second.waits());
  CHECK(!third.waits());
  second.finish();
  third.finish();
  CHECK(third.requests.size() == 1);
  CHECK(at.memory.held() == 0);
}

TEST_CASE("when the first is gone, and the memory is full still, the next one is the first") {
  listener at;
  auto first = std::make_unique<client>(at.memory, 100);
  auto& second = at.connect();
  auto& third = at.connect();
  first->send(10'000);
  second.send(60'000);
  third.send(60'000);
  second.send(1000);
  CHECK(second.waits());
  SUBCASE("closed by the peer") { first->connection.on_closed(); }
  SUBCASE("closed here") { first->connection.close(error(error_code::none), first->out()); }
  SUBCASE("forgotten") { first.reset(); }
  at.go_on();
  CHECK(!second.waits());
  CHECK(third.waits());
}

TEST_CASE("small requests pass whatever is held, and those that came before a large one") {
  listener at;
  at.connect().send(150'000);
  auto& small = at.connect();
  small.receive(heartbeat(1));
  CHECK(small.requests.size() == 1);
  auto& mixed = at.connect();
  mixed.request = heartbeat(1) + mixed.request;
  mixed.send(60'000);
  CHECK(mixed.requests.size() == 1);
  CHECK(mixed.waits());
}

TEST_CASE("a whole request holds nothing while it waits for its reply") {
  listener at;
  at.connect().finish();
  CHECK(at.clients.front().requests.size() == 1);
  CHECK(at.memory.held() == 0);
}

TEST_CASE("memory that stays full for 200 ms is taken from the largest, until an eighth is free") {
  listener at;
  for (const std::size_t size : {10'004, 30'004, 20'004, 40'004}) at.connect().send(size);
  const auto full_at = at.clients.front().now.steady;
  CHECK(at.memory.deadline() == full_at + 200ms);
  CHECK(at.memory.take_too_large(full_at + 199ms).empty());
  CHECK(at.memory.take_too_large(full_at + 200ms) == std::vector{connection_id(4)});
}

TEST_CASE("memory that was free in between has not stayed full") {
  listener at;
  auto& first = at.connect();
  auto& second = at.connect();
  first.send(60'000);
  second.send(60'000);
  first.finish();
  CHECK(at.memory.deadline() == never);
  first.pass(150ms);
  first.sent = 0;
  first.send(60'000);
  CHECK(at.memory.deadline() == first.now.steady + 200ms);
}

TEST_CASE("one read brings a part of a large frame at most, so that many at once stay little") {
  listener at;
  auto& one = at.connect();
  one.request = test::framed(bytes(1 << 20));
  one.send(1000);
  CHECK(one.connection.read_buffer().size() == 256 << 10);
}

TEST_CASE("one that waits for memory and for its pipeline goes on when it has both") {
  listener at;
  auto& holder = at.connect();
  holder.send(100'004);
  auto& both = at.connect();
  both.receive(heartbeat(1));
  both.send(60'000);
  CHECK(both.waits());
  both.answer(0);
  CHECK(both.waits());
  holder.finish();
  at.go_on();
  CHECK(!both.waits());
  both.finish();
  CHECK(both.requests.size() == 2);
}

}  // namespace klamm::link
