#include <doctest/doctest.h>

#include "tests/unit/sdk/link/server_fixture.hpp"
#include "wire/messages/metadata.hpp"
#include "wire/reader.hpp"

namespace klamm::link {
namespace {

using namespace std::chrono_literals;
using test::bytes;
using test::framed;
using test::heartbeat;
using test::hex;
using test::lines;
using test::server_fixture;
using test::operator+;

bytes heartbeat_reply(int id, int number) {
  return framed(hex(fmt::format("{:08x} 00  {:08x} 00 00 00", id, number)));
}

bytes many_heartbeats(int count) {
  bytes all;
  for (int i = 0; i < count; ++i) {
    const auto one = heartbeat(i);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

// ---- requests

TEST_CASE("a request comes out with its header and its body, in versions with tags and without") {
  server_fixture f;
  f.receive(framed(hex("00 0c 00 02 00 00 00 07 00 04 'kcat'  00 01 'g' 00 00 00 05 00 01 'm'")));
  f.receive(framed(hex("00 0c 00 04 00 00 00 08 ff ff 01 05 02 aa bb  02 'g' 00 00 00 05 02 'm' 00 00")));
  REQUIRE(f.requests.size() == 2);
  CHECK(f.requests[0].header.client_id == "kcat");
  CHECK(f.requests[0].header.correlation_id == correlation_id(7));
  CHECK(f.requests[1].header.client_id == std::nullopt);
  for (const auto& request : f.requests) {
    CHECK(request.key() == wire::api_key::heartbeat);
    wire::heartbeat_request message;
    wire::reader from(request.body);
    decode(from, message, request.version());
    CHECK(from.ok());
    CHECK(message.group_id == "g");
    CHECK(message.member_id == "m");
  }
}

TEST_CASE("requests come out the same when every byte arrives alone") {
  server_fixture f;
  f.receive(many_heartbeats(20), 1);
  CHECK(f.requests.size() == 20);
}

TEST_CASE("what Apache Kafka closes for, we close for, without an answer") {
  const struct {
    const char* why;
    bytes sent;
  } cases[] = {
      {"a negative size", hex("ff ff ff ff")},
      {"size 0", hex("00 00 00 00")},
      {"a size beyond the limit", hex("7f ff ff ff")},
      {"TLS on a plaintext port", hex("16 03 01 02 00 01 00 01 fc 03 03")},
      {"HTTP on a plaintext port", hex("'GET / HTTP/1.1' 0d 0a")},
      {"a frame shorter than any header", framed(hex("00 0c"))},
      {"an API that is unknown", framed(hex("03 e7 00 00 00 00 00 01 ff ff"))},
      {"an API below 0", framed(hex("ff ff 00 00 00 00 00 01 ff ff"))},
      {"a version from the future", framed(hex("00 0c 00 63 00 00 00 01 ff ff 00"))},
      {"a version below 0", framed(hex("00 0c ff ff 00 00 00 01 ff ff"))},
      {"a version removed long ago: ControlledShutdown v0",
       framed(hex("00 07 00 00 00 00 00 01 00 00 00 01"))},
      {"a client id longer than the frame", framed(hex("00 0c 00 02 00 00 00 01 7f ff 'k'"))},
      {"more tags in the header than bytes", framed(hex("00 0c 00 04 00 00 00 01 ff ff ff ff ff ff 0f"))},
  };
  for (const auto& c : cases) {
    CAPTURE(c.why);
    server_fixture f;
    f.receive(c.sent);
    CHECK(!f.connection.open());
    CHECK(f.decided.other == lines{"close"});
    CHECK(f.decided.sent.empty());
    CHECK(f.requests.empty());
    CHECK(!f.connection.closed_because().message.empty());
  }
}

TEST_CASE("an API that this listener does not serve closes") {
  api_set few;
  few.set(wire::api_key::heartbeat, {0, 3});
  server_fixture f({.serves = &few});
  f.receive(heartbeat(1));
  CHECK(f.connection.closed_because().message == "Heartbeat version 4 is not served here");
}

TEST_CASE("requests before a bad one are still handed out, and what their replies were is moot") {
  server_fixture f;
  f.receive(heartbeat(1) + hex("ff ff ff ff"));
  CHECK(f.requests.size() == 1);
  CHECK(!f.connection.open());
  f.answer(0);
  CHECK(f.decided.sent.empty());
}

TEST_CASE(
    "ApiVersions in an unknown version is answered in v0 with error 35 and the range, whatever its body is") {
  for (const auto* version : {"00 63", "7f ff"}) {
    server_fixture f;
    f.receive(framed(hex(fmt::format("00 12 {} 00 00 00 09 00 02 'me' 00  de ad be ef", version))));
    CHECK(f.requests.empty());
    CHECK(f.decided.sent == framed(hex("00 00 00 09  00 23  00 00 00 01  00 12 00 00 00 05")));
    CHECK(f.connection.open());
  }
}

TEST_CASE("the answer to a refused ApiVersions waits its turn") {
  server_fixture f;
  f.receive(heartbeat(1) + framed(hex("00 12 00 63 00 00 00 02 ff ff 00")));
  CHECK(f.decided.sent.empty());
  f.answer(0);
  CHECK(f.decided.sent ==
        heartbeat_reply(1, 0) + framed(hex("00 00 00 02  00 23  00 00 00 01  00 12 00 00 00 05")));
}

TEST_CASE("the response header of ApiVersions has no tags in any version, others have them when flexible") {
  server_fixture f;
  f.receive(framed(hex("00 12 00 03 00 00 00 05 ff ff 00  01 01 00")));
  REQUIRE(f.requests.size() == 1);
  f.connection.reply_encoded(0, byte_chain(buffer_slice::own(hex("aa bb"))), f.now, f.out());
  f.step();
  CHECK(f.decided.sent == framed(hex("00 00 00 05 aa bb")));
}

// ---- replies

TEST_CASE("replies leave in the order of their requests, whatever order they come in") {
  server_fixture f;
  f.receive(many_heartbeats(3));
  f.answer(2);
  f.answer(1);
  CHECK(f.decided.sent.empty());
  f.answer(0);
  CHECK(f.decided.sent == heartbeat_reply(0, 0) + heartbeat_reply(1, 1) + heartbeat_reply(2, 2));
}

TEST_CASE("Produce with acks=0 has no reply, and holds nobody up") {
  server_fixture f;
  f.receive(many_heartbeats(3));
  f.answer(2);
  f.connection.no_reply(0, f.now, f.out());
  f.connection.no_reply(1, f.now, f.out());
  f.step();
  CHECK(f.decided.sent == heartbeat_reply(2, 2));
  CHECK(f.connection.outstanding() == 0);
}

TEST_CASE("only the first reply counts, and one for a request that never was is nothing") {
  server_fixture f;
  f.receive(many_heartbeats(2));
  f.answer(1);
  f.answer(1);
  f.answer(7);
  f.answer(0);
  f.answer(0);
  CHECK(f.decided.sent == heartbeat_reply(0, 0) + heartbeat_reply(1, 1));
}

TEST_CASE("a reply that its version cannot carry closes: the client must not wait for it for ever") {
  server_fixture f;
  f.receive(framed(hex("00 03 00 01 00 00 00 01 ff ff  ff ff ff ff")));
  REQUIRE(f.requests.size() == 1);
  wire::metadata_response reply;
  reply.topics.resize(1);  // a null name, which version 1 does not have
  reply.topics[0].name = std::nullopt;
  f.connection.reply(0, reply, f.now, f.out());
  f.step();
  CHECK(!f.connection.open());
  CHECK(f.connection.closed_because().code == error_code::unsupported_version);
}

// ---- holding back

TEST_CASE(
    "100,000 pipelined requests from a client that reads nothing: reading stops, memory does not grow") {
  server_fixture f({.max_requests = 100, .max_bytes = 64 * 1024});
  f.client_reads = false;
  const auto stream = many_heartbeats(100'000);
  bytes_view left(stream);
  std::size_t handled = 0;
  while (!left.empty() && f.connection.reading()) {
    const auto room = f.connection.read_buffer();
    const auto n = std::min(room.size(), left.size());
    std::copy_n(left.begin(), n, room.begin());
    left = left.subspan(n);
    f.connection.on_received(n, f.now, f.out());
    for (; handled < f.requests.size(); ++handled) f.answer(handled);
    f.step();
  }
  CHECK(f.decided.other.back() == "pause");
  CHECK(f.decided.sent.size() < 65 * 1024);
  CHECK(left.size() > stream.size() * 9 / 10);
}

TEST_CASE("a full pipeline stops reading; it goes on when half of it has drained, with what it had first") {
  server_fixture f({.max_requests = 4});
  f.receive(many_heartbeats(10));
  CHECK(f.requests.size() == 4);
  CHECK(f.decided.other == lines{"pause"});
  f.answer(0);
  CHECK(f.requests.size() == 4);
  f.answer(1);
  CHECK(f.requests.size() == 6);
  CHECK(!f.connection.reading());
  for (request_number n = 2; n < 8; ++n) f.answer(n);
  CHECK(f.requests.size() == 10);
  f.answer(8);
  CHECK(f.connection.reading());
  CHECK(f.decided.other == lines{"pause", "resume"});
}

TEST_CASE("one request larger than the pipeline's bytes passes, alone") {
  server_fixture f({.max_bytes = 1000});
  auto large = hex("00 0c 00 02 00 00 00 01 ff ff");
  large.resize(50'000);
  f.receive(framed(large) + heartbeat(2));
  CHECK(f.requests.size() == 1);
  CHECK(!f.connection.reading());
  f.answer(0);
  CHECK(f.requests.size() == 2);
  CHECK(f.connection.reading());
}

TEST_CASE("replies that the client does not read hold it back, until it has read half of them") {
  server_fixture f({.max_bytes = 1000});
  f.client_reads = false;
  f.receive(heartbeat(1));
  f.connection.reply_encoded(0, byte_chain(buffer_slice::own(bytes(5000))), f.now, f.out());
  f.step();
  f.receive(heartbeat(2));
  CHECK(f.requests.size() == 1);
  CHECK(f.decided.other == lines{"pause"});
  f.connection.on_sent(4000, f.now, f.out());
  CHECK(f.requests.size() == 1);
  f.connection.on_sent(600, f.now, f.out());
  f.step();
  CHECK(f.requests.size() == 2);
  CHECK(f.decided.other == lines{"pause", "resume"});
}

TEST_CASE("a muted connection is not read, and goes on by itself when its time is over") {
  server_fixture f;
  f.receive(heartbeat(1));
  f.answer(0);
  f.connection.mute(f.now.steady + 3s, f.now, f.out());
  f.step();
  f.receive(heartbeat(2));  // was under way already
  CHECK(f.requests.size() == 1);
  f.pass(2999ms);
  CHECK(f.requests.size() == 1);
  f.pass(1ms);
  CHECK(f.requests.size() == 2);
  CHECK(f.decided.other == lines{"pause", "resume"});
}

// ---- ends

TEST_CASE("an idle connection closes; one that waits for its reply is not idle") {
  server_fixture f({.idle_timeout = 60s});
  f.pass(30s);
  f.receive(heartbeat(1));
  CHECK(f.connection.deadline() == never);
  f.pass(10min);
  f.answer(0);
  f.pass(59s);
  CHECK(f.connection.open());
  f.pass(1s);
  CHECK(f.decided.other == lines{"close"});
  CHECK(f.connection.closed_because().code == error_code::none);
}

TEST_CASE("slow loris: a frame that trickles does not keep its connection alive") {
  server_fixture f({.idle_timeout = 60s});
  const auto request = heartbeat(1);
  for (std::size_t i = 0; i < 10 && f.connection.open(); ++i) {
    f.receive({request[i]});
    f.pass(10s);
  }
  CHECK(!f.connection.open());
}

TEST_CASE("finishing takes no more requests, answers those that there are, and closes") {
  server_fixture f;
  f.receive(many_heartbeats(2));
  f.connection.finish(f.now, f.out());
  f.receive(heartbeat(3));
  CHECK(f.requests.size() == 2);
  f.answer(1);
  CHECK(f.connection.open());
  f.answer(0);
  CHECK(f.decided.sent == heartbeat_reply(0, 0) + heartbeat_reply(1, 1));
  CHECK(f.decided.other == lines{"pause", "close"});
}

TEST_CASE("finishing a connection that waits for nothing closes it at once") {
  server_fixture f;
  f.connection.finish(f.now, f.out());
  f.step();
  CHECK(f.decided.other == lines{"pause", "close"});
}

TEST_CASE("replies for a client that is gone go nowhere") {
  server_fixture f;
  f.receive(heartbeat(1));
  f.connection.on_closed();
  f.answer(0);
  CHECK(f.decided.sent.empty());
  CHECK(f.decided.other.empty());
  CHECK(f.connection.deadline() == never);
}

}  // namespace
}  // namespace klamm::link
