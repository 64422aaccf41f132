// Large requests of several clients that share a node's memory.
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

/// Sends a large request in two parts.
struct client : test::server_fixture {
  static constexpr std::size_t first_part = 50'000;
  bytes request = large_heartbeat(1);

  explicit client(frame_memory& memory, std::uint64_t number = 1)
      : server_fixture({.memory = &memory}, connection_id(number)) {}

  void begin() { receive({request.begin(), request.begin() + first_part}); }
  void finish() { receive({request.begin() + first_part, request.end()}); }
  void turn() {
    connection.on_memory(now, out());
    step();
  }
};

}  // namespace

TEST_CASE("a large request that finds no memory is not read before another is whole") {
  frame_memory memory(150'000);
  client first(memory, 1), second(memory, 2);
  first.begin();
  second.begin();
  CHECK(first.decided.other.empty());
  CHECK(second.decided.other == lines{"pause"});
  CHECK(!memory.next());

  first.finish();
  CHECK(first.requests.size() == 1);
  REQUIRE(memory.next() == connection_id(2));
  second.turn();
  CHECK(second.decided.other == lines{"pause", "resume"});
  second.finish();
  CHECK(second.requests.size() == 1);
  CHECK(memory.taken() == 0);
}

TEST_CASE("a whole request holds no memory while it waits for its reply") {
  frame_memory memory(1);
  client waiting(memory), other(memory);
  waiting.receive(waiting.request);
  other.receive(other.request);
  CHECK(other.requests.size() == 1);
}

TEST_CASE("small requests pass, whoever holds the memory, and those that came before the large one") {
  frame_memory memory(1);
  client holder(memory), small(memory), mixed(memory);
  holder.begin();
  small.receive(heartbeat(1));
  CHECK(small.requests.size() == 1);
  mixed.request = heartbeat(1) + mixed.request;
  mixed.begin();
  CHECK(mixed.requests.size() == 1);
  CHECK(mixed.decided.other == lines{"pause"});
}

TEST_CASE("one request may exceed the memory, alone") {
  frame_memory memory(1);
  client alone(memory);
  alone.begin();
  alone.finish();
  CHECK(alone.requests.size() == 1);
}

TEST_CASE("what a closed connection held, others take") {
  frame_memory memory(1);
  client second(memory, 2);
  {
    client first(memory, 1);
    first.begin();
    second.begin();
    SUBCASE("closed by the peer") { first.connection.on_closed(); }
    SUBCASE("closed here") { first.connection.close(error(error_code::none), first.out()); }
    SUBCASE("forgotten") {}
  }
  CHECK(memory.next() == connection_id(2));
}

TEST_CASE("a request that is not whole in 30 s closes where others wait for its memory, and only there") {
  frame_memory memory(1);
  client slow(memory, 1), other(memory, 2);
  slow.begin();
  slow.pass(30s);
  CHECK(slow.connection.open());
  other.begin();
  slow.pass(29'999ms);
  CHECK(slow.connection.open());
  slow.pass(1ms);
  CHECK(!slow.connection.open());
  CHECK(slow.connection.closed_because().message ==
        "a request of 200024 bytes is not whole after 30 s, and others wait for memory");
  CHECK(memory.next() == connection_id(2));
}

TEST_CASE("one that waits for memory and for its pipeline goes on when it has both") {
  frame_memory memory(1);
  client holder(memory, 1);
  holder.begin();
  client both(memory, 2);
  both.receive(heartbeat(1));
  both.begin();
  both.answer(0);
  CHECK(both.decided.other == lines{"pause"});
  both.turn();
  CHECK(both.decided.other == lines{"pause"});
  holder.finish();
  both.turn();
  CHECK(both.decided.other.back() == "resume");
}

}  // namespace klamm::link
