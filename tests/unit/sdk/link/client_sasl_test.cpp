// SASL as a step of a connection's script: SaslHandshake, SaslAuthenticate, and once more before the session ends.
#include "tests/unit/sdk/link/client_fixture.hpp"

namespace klamm::link {
namespace {

using lines = client_fixture::lines;

// As versions_v5, of a broker with SaslHandshake 0 to 1, SaslAuthenticate 0 to 2 and Heartbeat 0 to 4 besides.
bytes sasl_versions(int id) {
  return framed(
      hex(fmt::format("{:08x} 00 00  05  00 0c 00 00 00 04 00  00 11 00 00 00 01 00  00 24 00 00 00 02 00"
                      "  00 12 00 00 00 05 00  00 00 00 00  00",
                      id)));
}
client_connection_options with_plain() {
  client_connection_options options{.client_id = "me"};
  options.sasl = [] { return plain_exchange("u", "p"); };
  return options;
}
client_connection_options with_scram() {
  client_connection_options options{.client_id = "me"};
  options.sasl = [] { return scram_exchange(scram_hash::sha256, "user", "pencil", "rOprNGfwEbeRWgbNEkqO"); };
  return options;
}
// SaslHandshake's answer (header v0): no error, the mechanism PLAIN.
bytes mechanisms(int id, const char* code = "00 00") {
  return framed(hex(fmt::format("{:08x}  {}  00 00 00 01 00 05 'PLAIN'", id, code)));
}
// SaslAuthenticate v2's answer: `token`, and a session of so many milliseconds.
bytes accepted(int id, std::string_view token = "", std::int64_t session = 0) {
  return framed(hex(
      fmt::format("{:08x} 00  00 00  00  {:02x} '{}'  {:016x}  00", id, token.size() + 1, token, session)));
}

struct sasl_fixture : client_fixture {
  explicit sasl_fixture(client_connection_options options = with_plain())
      : client_fixture(std::move(options)) {
    connected();
    receive(sasl_versions(0));
    CHECK_FALSE(connection.ready());
  }
  bytes sent() { return std::exchange(decided.sent, {}); }
};

TEST_CASE("a connection with credentials is ready once the broker has taken them") {
  sasl_fixture f;
  f.decided.sent.erase(f.decided.sent.begin(), f.decided.sent.end() - 23);
  CHECK(f.sent() == framed(hex("00 11 00 01 00 00 00 01 00 02 'me' 00 05 'PLAIN'")));
  f.receive(mechanisms(1));
  CHECK(f.sent() == framed(hex("00 24 00 02 00 00 00 02 00 02 'me' 00  05 00 'u' 00 'p' 00")));
  CHECK_FALSE(f.connection.ready());
  CHECK_FALSE(f.connection.can_send(f.now));
  f.receive(accepted(2));
  CHECK(f.connection.ready());
}

TEST_CASE("an exchange of several messages goes on until both sides are known") {
  sasl_fixture f(with_scram());
  f.receive(mechanisms(1));
  f.receive(
      accepted(2, "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
  CHECK_FALSE(f.connection.ready());
  SUBCASE("the broker's signature is right") {
    f.receive(accepted(3, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    CHECK(f.connection.ready());
  }
  SUBCASE("the broker has none") {
    f.receive(accepted(3));
    CHECK(f.connection.closed_because().code == error_code::sasl_authentication_failed);
  }
}

TEST_CASE("who is refused hears why, in the broker's words") {
  sasl_fixture f;
  f.receive(mechanisms(1));
  f.receive(framed(hex("00 00 00 02 00  00 3a  06 'wrong'  01  00 00 00 00 00 00 00 00  00")));
  CHECK(f.connection.closed_because().code == error_code::sasl_authentication_failed);
  CHECK(f.connection.closed_because().message == "broker:9092 refused the credentials (PLAIN): wrong");
}

TEST_CASE("a mechanism that the broker does not take: its own are named") {
  sasl_fixture f(with_scram());
  f.receive(mechanisms(1, "00 21"));
  CHECK(f.connection.closed_because().code == error_code::unsupported_sasl_mechanism);
  CHECK(f.connection.closed_because().message == "broker:9092 does not take SCRAM-SHA-256; it takes PLAIN");
}

TEST_CASE("a listener without SASL says that the question was out of place") {
  sasl_fixture f;
  f.receive(mechanisms(1, "00 22"));
  CHECK(f.connection.closed_because().code == error_code::illegal_sasl_state);
}

TEST_CASE("a broker that does not know SaslHandshake gets no credentials") {
  client_fixture f(with_plain());
  f.connected();
  f.decided = {};
  f.receive(versions_v5(0));
  CHECK(f.decided.sent.empty());
  CHECK(f.connection.closed_because().code == error_code::unsupported_sasl_mechanism);
}

TEST_CASE("without credentials to show there is no connection, for the reason given") {
  client_connection_options options;
  options.sasl = [] { return error(error_code::connect_failed, "no token yet"); };
  client_fixture f(std::move(options));
  f.connected();
  f.receive(sasl_versions(0));
  CHECK(f.connection.closed_because().message == "no token yet");
}

TEST_CASE("each step of the authentication has setup_timeout") {
  sasl_fixture f;
  f.pass(9s);
  f.receive(mechanisms(1));
  f.pass(9s);
  CHECK(f.connection.state() == client_connection::phase::authenticating);
  f.pass(1s);
  CHECK(f.connection.closed_because().message ==
        "broker:9092: authenticating took longer than setup_timeout");
}

TEST_CASE("KIP-368: before the session ends requests wait, and the exchange is gone through again") {
  sasl_fixture f;
  f.receive(mechanisms(1));
  f.receive(accepted(2, "", 10'000));
  REQUIRE(f.connection.ready());
  SUBCASE("at once where nothing is outstanding") {
    CHECK(f.connection.deadline() == f.now.steady + 8500ms);
    f.sent();
    f.pass(8500ms);
    CHECK(f.sent() == framed(hex("00 11 00 01 00 00 00 03 00 02 'me' 00 05 'PLAIN'")));
    f.receive(mechanisms(3));
    f.receive(accepted(4, "", 10'000));
    CHECK(f.connection.ready());
  }
  SUBCASE("after the last answer where something is, and nothing new is sent meanwhile") {
    f.heartbeat("a");
    f.sent();
    f.pass(8500ms);
    CHECK(f.connection.ready());
    CHECK_FALSE(f.connection.can_send(f.now));
    CHECK(f.sent().empty());
    f.answer(3);
    CHECK(f.outcomes.size() == 1);
    CHECK(f.sent() == framed(hex("00 11 00 01 00 00 00 04 00 02 'me' 00 05 'PLAIN'")));
    f.receive(mechanisms(4));
    f.receive(accepted(5, "", 0));
    CHECK(f.connection.can_send(f.now));
  }
}

}  // namespace
}  // namespace klamm::link
