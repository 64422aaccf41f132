// Answers that several clients of a listener have not read.
#include <list>

#include <doctest/doctest.h>

#include "tests/unit/sdk/link/server_fixture.hpp"

namespace klamm::link {
namespace {

using namespace std::chrono_literals;
using share = reply_memory::share;
using reader = reply_memory::reader;

constexpr time_point start(1h);

/// A listener with clients numbered from 1 and a limit of 1,000 bytes.
struct listener {
  reply_memory memory{1000};
  std::list<reply_memory::holder> clients;

  reply_memory::holder& connect(std::size_t unread, time_point now = start) {
    auto& one = clients.emplace_back(memory, connection_id(static_cast<std::int64_t>(clients.size()) + 1));
    one.add(unread, now);
    return one;
  }
};

}  // namespace

TEST_CASE("a read may have a quarter of what is left, so that there is always something left") {
  reply_memory memory(4000);
  share first(memory, reader::client), second(memory, reader::client), third(memory, reader::client);
  CHECK(first.extend(2000, start) == 750);
  CHECK(second.extend(2000, start) == 562);
  CHECK(third.extend(10, start) == 10);
  CHECK(memory.held() == 1322);
}

TEST_CASE("the last quarter is for replicas") {
  reply_memory memory(4000);
  share most(memory, reader::client);
  most.set(3000, start);
  CHECK(share(memory, reader::client).extend(10, start) == 0);
  CHECK(share(memory, reader::replica).extend(2000, start) == 250);
}

TEST_CASE("what an answer does not use is there for others, and what it took beyond its share is not") {
  reply_memory memory(1000);
  share first(memory, reader::client);
  first.extend(150, start);
  first.set(50, start);
  CHECK(memory.held() == 50);
  first.set(2000, start);
  CHECK(memory.held() == 2000);
  CHECK(share(memory, reader::client).extend(10, start) == 0);
  CHECK(share(memory, reader::replica).extend(10, start) == 0);
  first.set(0, start);
  CHECK(share(memory, reader::client).extend(10, start) == 10);
  CHECK(memory.held() == 0);
}

TEST_CASE(
    "a connection holds its answers, also those that wait behind others, until they are read or it ends") {
  reply_memory memory(1 << 20);
  test::server_fixture client({.replies = &memory});
  client.client_reads = false;
  client.receive(test::heartbeat(1));
  client.receive(test::heartbeat(2));
  CHECK(memory.held() == 0);
  client.answer(1);
  const auto one = memory.held();
  CHECK(one > 0);
  client.answer(0);
  CHECK(memory.held() == 2 * one);
  client.connection.on_sent(one, client.now, client.out());
  CHECK(memory.held() == one);
  SUBCASE("read") { client.connection.on_sent(one, client.now, client.out()); }
  SUBCASE("closed by the peer") { client.connection.on_closed(); }
  SUBCASE("closed here") { client.connection.close(error(error_code::none), client.out()); }
  CHECK(memory.held() == 0);
}

TEST_CASE("one that is aborted takes what it was to read with it") {
  test::server_fixture client;
  client.connection.abort(error(error_code::request_timed_out), client.out());
  REQUIRE(client.net.size() == 1);
  CHECK(std::get<effect::close>(client.net[0]).abort);
  CHECK(client.connection.closed_because().code == error_code::request_timed_out);
}

TEST_CASE("memory of which half is held for a second is taken from the slowest, until a quarter is") {
  listener at;
  at.connect(100);
  at.connect(180);
  at.connect(120);
  CHECK(at.memory.deadline() == never);
  at.connect(150, start + 1ms);
  CHECK(at.memory.deadline() == start + 1ms + 1s);
  CHECK(at.memory.take_slow(start + 1s).empty());
  CHECK(at.memory.take_slow(start + 1ms + 1s) == std::vector{connection_id(2), connection_id(4)});
}

TEST_CASE("what an answer gives back and takes again does not make the memory full anew") {
  listener at;
  share reading(at.memory, reader::client);
  at.connect(480);
  reading.set(30, start);
  reading.set(40, start + 500ms);
  CHECK(at.memory.deadline() == start + 1s);
}

TEST_CASE("a connection that reads is not slow, however much it has to read") {
  listener at;
  auto& fast = at.connect(770);
  auto& trickling = at.connect(210);
  auto& silent = at.connect(3);
  fast.take(70);
  trickling.take(1);
  silent.take(0);
  CHECK(at.memory.take_slow(start + 1s) == std::vector{connection_id(2)});  // though they hold less then
  SUBCASE("in the next second what it reads counts anew") {
    CHECK(at.memory.take_slow(start + 2s) == std::vector{connection_id(1)});
  }
}

TEST_CASE("one that has had something to read for less than a second is not judged") {
  listener at;
  at.connect(800);
  at.connect(900, start + 500ms);
  CHECK(at.memory.take_slow(start + 1s) == std::vector{connection_id(1)});
}

TEST_CASE("memory that was free in between has not been full for a second") {
  listener at;
  auto& one = at.connect(800);
  one.take(700);
  CHECK(at.memory.deadline() == never);
  one.add(700, start + 800ms);
  CHECK(at.memory.deadline() == start + 800ms + 1s);
}

TEST_CASE("without a limit every answer has what it asks for") {
  reply_memory memory(SIZE_MAX);
  share one(memory, reader::client);
  CHECK(one.extend(1 << 30, start) == 1 << 30);
  CHECK(memory.deadline() == never);
}

}  // namespace klamm::link
