#include "tests/unit/sdk/link/client_fixture.hpp"
#include "wire/messages/metadata.hpp"

namespace klamm::link {
namespace {

using lines = client_fixture::lines;

// ---- handshake

TEST_CASE("a connection begins with ApiVersions v5 and is ready with the broker's versions") {
  client_fixture f({.client_id = "me", .software_name = "k", .software_version = "1"});
  CHECK(f.decided.other == lines{"connect broker:9092"});
  f.connected();
  CHECK(f.decided.sent ==
        framed(hex("00 12 00 05 00 00 00 00 00 02 'me' 00  02 'k' 02 '1' 00 ff ff ff ff 00")));
  CHECK(!f.connection.ready());
  f.receive(versions_v5(0));
  CHECK(f.connection.ready());
  CHECK(f.connection.broker().apis.of(wire::api_key::metadata) == wire::version_range{0, 12});
}

TEST_CASE("KIP-1242: a client that knows whom it dials says cluster and node, both; the others say neither") {
  client_connection_options options{.client_id = "me", .software_name = "k", .software_version = "1"};
  options.expected = broker_identity{"C1", node_id(7)};
  client_fixture f(std::move(options));
  f.connected();
  CHECK(f.decided.sent ==
        framed(hex("00 12 00 05 00 00 00 00 00 02 'me' 00  02 'k' 02 '1' 03 'C1' 00 00 00 07 00")));
}

TEST_CASE("a request that is lost says with whom: the address, and the node where that is known") {
  client_connection_options known;
  known.expected = broker_identity{"C1", node_id(7)};
  for (const auto& [options, broker] : {std::pair(known, "broker:9092 (node 7)"), {{}, "broker:9092"}}) {
    client_fixture f(options);
    f.make_ready();
    f.heartbeat("one");
    f.lose();
    REQUIRE(f.failures.size() == 1);
    CHECK(f.failures[0].broker == broker);
  }
}

TEST_CASE("error 129 drops the connection: it is not the broker that was meant") {
  client_fixture f;
  f.connected();
  f.receive(framed(hex("00 00 00 00  00 81  01  00 00 00 00  00")));
  CHECK(f.connection.closed_because().code == error_code::rebootstrap_required);
  CHECK(f.decided.other.back() == "abort");
}

TEST_CASE(
    "a broker that lacks v5 says so in v0's form, with its range: the next question is in its newest "
    "version") {
  client_fixture f({.client_id = "me", .software_name = "k", .software_version = "1"});
  f.connected();
  f.decided = {};
  f.receive(framed(hex("00 00 00 00  00 23  00 00 00 01  00 12 00 00 00 03")));
  CHECK(f.decided.sent == framed(hex("00 12 00 03 00 00 00 01 00 02 'me' 00  02 'k' 02 '1' 00")));
  f.receive(framed(hex("00 00 00 01  00 00  02  00 12 00 00 00 03 00  00 00 00 00  00")));
  CHECK(f.connection.ready());
}

TEST_CASE("where a refusal has no range that can be read, v0 is understood by all") {
  const auto before_kip_511 = "00 00 00 00", mock_cluster = "01 00 12 00 00 00 02 00 00 00 00";
  for (const std::string body : {before_kip_511, mock_cluster}) {
    client_fixture f({.client_id = "me"});
    f.connected();
    f.decided = {};
    f.receive(framed(hex("00 00 00 00  00 23 " + body)));
    CHECK(f.decided.sent == framed(hex("00 12 00 00 00 00 00 01 00 02 'me'")));
    f.receive(framed(hex("00 00 00 01  00 00  00 00 00 01  00 03 00 00 00 01")));
    CHECK(f.connection.ready());
    CHECK(f.connection.broker().apis.of(wire::api_key::metadata) == wire::version_range{0, 1});
  }
}

TEST_CASE("a broker that refuses what it offers, or even v0, is given up: no loop") {
  client_fixture f;
  f.connected();
  const auto refusal = [](int id) {
    return framed(hex(fmt::format("{:08x} 00 23  00 00 00 01  00 12 00 00 00 05", id)));
  };
  f.receive(refusal(0));
  CHECK(f.connection.state() == client_connection::phase::negotiating);
  f.receive(refusal(1));
  CHECK(f.connection.closed_because().code == error_code::unsupported_version);
}

TEST_CASE("features are kept as the broker tells them") {
  client_fixture f;
  f.connected();
  // tags: 0 supported {kraft.version 0-1}, 1 epoch 9, 2 finalized {kraft.version 1-1}
  f.receive(
      framed(hex("00 00 00 00  00 00  01  00 00 00 00  03"
                 " 00 14 02 0e 'kraft.version' 00 00 00 01 00"
                 " 01 08 00 00 00 00 00 00 00 09"
                 " 02 14 02 0e 'kraft.version' 00 01 00 01 00")));
  REQUIRE(f.connection.ready());
  CHECK(f.connection.broker().finalized_epoch == 9);
  REQUIRE(f.connection.broker().finalized.size() == 1);
  CHECK(f.connection.broker().finalized[0].name == "kraft.version");
  CHECK(f.connection.broker().finalized[0].max == 1);
  CHECK(f.connection.broker().supported[0].max == 1);
}

TEST_CASE("garbage instead of versions closes: lying counts, cut off bodies, TLS") {
  for (const auto& garbage :
       {framed(hex("00 00 00 00  00 00  ff ff ff ff 7f")), framed(hex("00 00 00 00  00")),
        framed(hex("00 00")), hex("15 03 03 00 02 02 46"), hex("ff ff ff ff")}) {
    client_fixture f;
    f.connected();
    f.receive(garbage);
    CHECK(f.connection.closed_because().code == error_code::malformed_response);
    CHECK(f.decided.other.back() == "abort");
  }
}

TEST_CASE("each step before ready has its time") {
  client_fixture f({.setup_timeout = 10s});
  f.pass(9s);
  f.connected();
  f.pass(9s);
  CHECK(f.connection.state() == client_connection::phase::negotiating);
  f.pass(1s);
  CHECK(f.connection.closed_because().code == error_code::timed_out);
  CHECK(f.connection.closed_because().message ==
        "broker:9092: asking for versions took longer than setup_timeout");
}

// ---- versions

TEST_CASE("the version of a request is the highest that both have, under the caller's cap") {
  client_fixture f;
  f.make_ready();
  CHECK(*f.connection.version_of(wire::api_key::metadata) == 12);
  CHECK(*f.connection.version_of(wire::api_key::metadata, 9) == 9);
}

TEST_CASE("no common version is an error that names both ranges") {
  client_fixture f;
  f.make_ready();
  const auto none = f.connection.version_of(wire::api_key::produce);
  CHECK(none.code() == error_code::unsupported_version);
  CHECK(none.failure().message == "Produce with broker:9092: the broker has versions none, we have 3 to 13");
}

TEST_CASE("a message that its version cannot carry is refused before anything is sent") {
  client_fixture f;
  f.make_ready();
  wire::heartbeat_request message;
  message.group_instance_id = "static";
  const auto refused = f.connection.send(message, 2, {}, f.note("a"), f.now, f.out());
  CHECK(refused.code() == error_code::unsupported_version);
  f.step();
  CHECK(f.decided.sent.empty());
  CHECK(f.connection.in_flight() == 0);
}

// ---- requests

TEST_CASE("requests are pipelined, and replies settle them in order, several in one read too") {
  client_fixture f({.client_id = "me"});
  f.make_ready();
  f.heartbeat("a");
  f.heartbeat("b");
  CHECK(f.decided.sent ==
        framed(hex("00 0c 00 04 00 00 00 01 00 02 'me' 00  02 'g' 00 00 00 00 01 00 00")) +
            framed(hex("00 0c 00 04 00 00 00 02 00 02 'me' 00  02 'g' 00 00 00 00 01 00 00")));
  const auto reply = [](int id) {
    return framed(hex(fmt::format("{:08x} 00  00 00 00 00 00 {:02x} 00", id, id)));
  };
  f.receive(reply(1) + reply(2));
  CHECK(f.outcomes == lines{"a: 00 00 00 00 00 01 00", "b: 00 00 00 00 00 02 00"});
}

TEST_CASE("the window bounds what is in flight") {
  client_fixture f({.max_in_flight = 2});
  f.make_ready();
  f.heartbeat("a");
  CHECK(f.connection.can_send(f.now));
  f.heartbeat("b");
  CHECK(!f.connection.can_send(f.now));
  f.answer(1);
  CHECK(f.connection.can_send(f.now));
}

TEST_CASE("a reply with another correlation id ends the connection: nothing after it can be trusted") {
  client_fixture f;
  f.make_ready();
  f.heartbeat("a");
  f.heartbeat("b");
  f.answer(2);
  CHECK(f.outcomes == lines{"a: MALFORMED_RESPONSE, maybe written", "b: MALFORMED_RESPONSE, maybe written"});
  CHECK(f.connection.closed_because().message ==
        "a response with correlation id 2 where 1 (Heartbeat) is next");
}

TEST_CASE("a reply that nobody asked for ends the connection") {
  client_fixture f;
  f.make_ready();
  f.answer(1);
  CHECK(f.connection.closed_because().code == error_code::malformed_response);
}

TEST_CASE("when the connection is lost, a request is maybe written whatever of it is known to have left") {
  client_fixture f;
  f.make_ready();
  f.heartbeat("whole");
  f.heartbeat("all but a byte", 30s, true, 28);
  f.heartbeat("nothing", 30s, true, 0);
  f.lose();
  CHECK(f.outcomes == lines{"whole: DISCONNECTED, maybe written",
                            "all but a byte: DISCONNECTED, maybe written",
                            "nothing: DISCONNECTED, maybe written"});
}

TEST_CASE(
    "a request without an answer in its time takes the connection down: it timed out, the others "
    "disconnected") {
  client_fixture f;
  f.make_ready();
  f.heartbeat("patient", 60s);
  f.heartbeat("hasty", 5s);
  f.pass(4s);
  CHECK(f.outcomes.empty());
  f.pass(1s);
  CHECK(f.outcomes == lines{"patient: DISCONNECTED, maybe written", "hasty: TIMED_OUT, maybe written"});
  CHECK(f.decided.other.back() == "abort");
  CHECK(f.connection.deadline() == never);
}

TEST_CASE("a reply in time takes the deadline away") {
  client_fixture f({.idle_timeout = 1h});
  f.make_ready();
  f.heartbeat("hasty", 5s);
  f.heartbeat("patient", 60s);
  f.answer(1);
  CHECK(f.connection.deadline() == f.now.steady + 60s);
}

TEST_CASE("Produce with acks=0 is settled when the system has its bytes, and no reply is expected") {
  client_fixture f;
  f.make_ready();
  f.heartbeat("silent", 30s, false, 20);
  CHECK(f.outcomes.empty());
  f.connection.on_sent(100, f.now, f.out());
  f.step();
  CHECK(f.outcomes == lines{"silent: "});
  f.heartbeat("b");
  f.answer(2);
  CHECK(f.outcomes.back() == "b: 00 00 00 00 00 00 00");
}

// ---- muting

TEST_CASE("KIP-219: a throttled connection says nothing for that long") {
  client_fixture f;
  f.make_ready();
  f.connection.throttle(3000ms, f.now);
  CHECK(!f.connection.can_send(f.now));
  CHECK(f.connection.deadline() == f.now.steady + 3s);
  f.pass(2999ms);
  CHECK(!f.connection.can_send(f.now));
  f.pass(1ms);
  CHECK(f.connection.can_send(f.now));
}

TEST_CASE("muting is not a timeout: what is outstanding waits as much longer as the broker reads nothing") {
  client_fixture f;
  f.make_ready();
  f.heartbeat("a", 5s);
  f.pass(1s);
  f.connection.throttle(10s, f.now);
  f.connection.throttle(6s, f.now);  // inside the first: no more silence
  f.pass(13s);
  CHECK(f.outcomes.empty());
  f.pass(1s);
  CHECK(f.outcomes == lines{"a: TIMED_OUT, maybe written"});
}

TEST_CASE("the answer to ApiVersions can throttle, too") {
  client_fixture f;
  f.connected();
  f.receive(framed(hex("00 00 00 00 00 00  01  00 00 07 d0  00")));
  CHECK(f.connection.ready());
  CHECK(!f.connection.can_send(f.now));
  f.pass(2s);
  CHECK(f.connection.can_send(f.now));
}

// ---- ends

TEST_CASE("an idle connection closes, and says that it was only idle") {
  client_fixture f({.idle_timeout = 60s});
  f.make_ready();
  f.pass(59s);
  f.heartbeat("a", 10min);
  f.pass(5min);
  CHECK(f.connection.ready());
  f.answer(1);
  f.pass(60s);
  CHECK(f.connection.idle());
  CHECK(f.decided.other == lines{"close"});
}

TEST_CASE("closing settles everything with the reason, and nothing unsent leaves afterwards") {
  client_fixture f;
  f.make_ready();
  f.heartbeat("a", 30s, true, 0);
  f.connection.close(error(error_code::closed), f.now, f.out());
  f.step();
  CHECK(f.outcomes == lines{"a: CLOSED, maybe written"});
  CHECK(f.decided.other == lines{"abort"});
  f.lose();
  CHECK(f.connection.closed_because().code == error_code::closed);
}

TEST_CASE("a response beyond the limit is refused by its size alone") {
  client_fixture f({.max_frame = 100});
  f.make_ready();
  f.heartbeat("a");
  f.receive(hex("00 00 00 65"));
  CHECK(f.outcomes == lines{"a: MALFORMED_RESPONSE, maybe written"});
}

TEST_CASE("a body stays readable as long as somebody keeps it") {
  client_fixture f;
  f.make_ready();
  buffer_slice kept;
  wire::heartbeat_request message;
  REQUIRE(
      f.connection.send(message, 4, {}, [&](reply&& r, instant) { kept = r.answer->body; }, f.now, f.out()));
  f.step();
  f.answer(1);
  for (int i = 2; i < 500; ++i) {
    f.heartbeat("x");
    f.answer(i);
  }
  CHECK(test::to_hex(kept.view()) == "00 00 00 00 00 00 00");
}

}  // namespace
}  // namespace klamm::link
