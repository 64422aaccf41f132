// TLS of made connections against a server of OpenSSL's own kind: trust, names, bytes of all sizes, and ends.
#include <array>
#include <optional>

#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <doctest/doctest.h>

#include "tests/unit/sdk/net/authority.hpp"
#include "tests/unit/sdk/net/scripted_machine.hpp"

namespace klamm::net {
namespace {

using namespace link;
using test::text;

constexpr connection_id one(1);

// Echoes what one client sends.
class echo_server {
 public:
  echo_server(asio::io_context& context, const test::identity& own, const std::string& clients_ca = {})
      : tls_(asio::ssl::context::tls_server),
        acceptor_(context, {asio::ip::make_address("127.0.0.1"), 0}),
        socket_(context) {
    tls_.use_certificate_chain(asio::buffer(own.certificate));
    tls_.use_private_key(asio::buffer(own.key), asio::ssl::context::pem);
    if (!clients_ca.empty()) {
      tls_.add_certificate_authority(asio::buffer(clients_ca));
      tls_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    acceptor_.async_accept(socket_, [this](const std::error_code& failure) {
      if (failure) return;
      stream_.emplace(std::move(socket_), tls_);
      stream_->async_handshake(asio::ssl::stream_base::server, [this](const std::error_code& refused) {
        if (refused) return stream_->lowest_layer().close();
        echo();
      });
    });
  }

  endpoint address() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }
  bool said_goodbye = false;

 private:
  void echo() {
    stream_->async_read_some(asio::buffer(bytes_), [this](const std::error_code& end, std::size_t n) {
      said_goodbye = end == asio::error::eof;  // a mere end of the socket is stream_truncated
      if (end) return stream_->lowest_layer().close();
      asio::async_write(*stream_, asio::buffer(bytes_, n), [this](const std::error_code& lost, std::size_t) {
        if (!lost) echo();
      });
    });
  }

  asio::ssl::context tls_;
  asio::ip::tcp::acceptor acceptor_;
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket>> stream_;
  std::array<char, 100'000> bytes_{};
};

struct tls_fixture {
  test::authority authority, other{"another"};
  asio::io_context context;
  test::scripted_machine client;
  std::optional<echo_server> server;
  std::optional<driver> client_driver;

  void serve(const test::identity& own, const std::string& clients_ca = {}) {
    server.emplace(context, own, clients_ca);
  }
  void connect(const tls_options& with) {
    const auto made = tls_context::make(with);
    REQUIRE(made);
    driver_options options;
    options.tls = *made;
    client_driver.emplace(context.get_executor(), client, std::move(options));
    decide(effect::connect{one, server->address()});
    until([&] { return !client.connected.empty() || !client.closed.empty(); });
  }
  void decide(net_effect what) {
    client_driver->post(
        [what = std::move(what)](instant, net_effects& out) mutable { out.push_back(std::move(what)); });
  }
  void until(const std::function<bool()>& done) { test::run_until(context, done); }
  std::string refusal(error_code expected = error_code::tls_failed) {
    CHECK(client.connected.empty());
    REQUIRE(client.closed.size() == 1);
    CHECK(client.closed[0].second.code == expected);
    return client.closed[0].second.message;
  }
};

TEST_CASE("bytes of every size go both ways over TLS, and its end is announced") {
  tls_fixture f;
  f.serve(f.authority.issue("IP:127.0.0.1"));
  f.connect({.ca = f.authority.certificate()});
  REQUIRE(f.client.connected.size() == 1);
  std::string all;
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{16383}, std::size_t{16384}, std::size_t{16385}, std::size_t{3'000'000}}) {
    const std::string part(size, static_cast<char>('a' + size % 26));
    all += part;
    byte_chain pieces = text(part.substr(0, size / 3));
    pieces.append(buffer_slice::copy(as_bytes_view(part.substr(size / 3))));
    f.decide(effect::send{one, pieces});
  }
  f.until([&] { return f.client.bytes[one].size() >= all.size(); });
  CHECK(f.client.bytes[one] == all);
  CHECK(f.client.sent[one] == all.size());
  f.decide(effect::close{one});
  f.until([&] { return f.client_driver->connections() == 0; });
  f.until([&] { return f.server->said_goodbye; });
}

TEST_CASE("a small buffer is filled again and again: what the library still holds is not forgotten") {
  tls_fixture f;
  f.client.buffer_size = 1000;
  f.serve(f.authority.issue("IP:127.0.0.1"));
  f.connect({.ca = f.authority.certificate()});
  f.decide(effect::send{one, text(std::string(50'000, 'x'))});
  f.until([&] { return f.client.bytes[one].size() == 50'000; });
}

TEST_CASE("a broker whose certificate nobody trusted signed is refused") {
  tls_fixture f;
  f.serve(f.other.issue("IP:127.0.0.1"));
  f.connect({.ca = f.authority.certificate()});
  CHECK(f.refusal().find("certificate is refused: ") != std::string::npos);
}

TEST_CASE("a certificate for another name is refused, unless names do not matter") {
  tls_fixture f;
  f.serve(f.authority.issue("DNS:elsewhere.example,IP:127.0.0.2"));
  SUBCASE("they do by default") {
    f.connect({.ca = f.authority.certificate()});
    CHECK(f.refusal().find("IP address mismatch") != std::string::npos);
  }
  SUBCASE("they do not") {
    f.connect({.ca = f.authority.certificate(), .verify_host = false});
    CHECK(f.client.connected.size() == 1);
  }
}

TEST_CASE("a broker that wants to know the client gets its certificate") {
  tls_fixture f;
  f.serve(f.authority.issue("IP:127.0.0.1"), f.authority.certificate());
  const auto own = f.authority.issue("DNS:client", "secret");
  f.connect({.ca = f.authority.certificate(),
             .certificate = own.certificate,
             .key = own.key,
             .key_password = "secret"});
  f.decide(effect::send{one, text("hello")});
  f.until([&] { return f.client.bytes[one] == "hello"; });
}

TEST_CASE("a broker that wants a certificate ends the connection, and its reason is told") {
  tls_fixture f;
  f.serve(f.authority.issue("IP:127.0.0.1"), f.authority.certificate());
  f.connect({.ca = f.authority.certificate()});
  f.decide(effect::send{one, text("hello")});
  f.until([&] { return !f.client.closed.empty(); });
  CHECK(f.client.closed[0].second.message.find("certificate required") != std::string::npos);
}

TEST_CASE("a listener without TLS is told from one whose certificate is wrong") {
  tls_fixture f;
  asio::ip::tcp::acceptor plain(f.context, {asio::ip::make_address("127.0.0.1"), 0});
  plain.async_accept([](const std::error_code&, asio::ip::tcp::socket) {});  // hangs up
  const auto made = tls_context::make({.ca = f.authority.certificate()});
  driver_options options;
  options.tls = *made;
  f.client_driver.emplace(f.context.get_executor(), f.client, std::move(options));
  f.decide(effect::connect{one, {"127.0.0.1", plain.local_endpoint().port()}});
  f.until([&] { return !f.client.closed.empty(); });
  CHECK(f.refusal(error_code::connect_failed).find("does this listener speak TLS?") != std::string::npos);
}

TEST_CASE("a connection that is given up within its handshake is gone at once") {
  tls_fixture f;
  asio::ip::tcp::acceptor silent(f.context, {asio::ip::make_address("127.0.0.1"), 0});
  const auto made = tls_context::make({.ca = f.authority.certificate()});
  driver_options options;
  options.tls = *made;
  f.client_driver.emplace(f.context.get_executor(), f.client, std::move(options));
  f.decide(effect::connect{one, {"127.0.0.1", silent.local_endpoint().port()}});
  asio::ip::tcp::socket accepted(f.context);
  bool connected = false;
  silent.async_accept(accepted, [&](const std::error_code&) { connected = true; });
  f.until([&] { return connected; });
  f.decide(effect::close{one});
  f.until([&] { return f.client_driver->connections() == 0; });
  CHECK(f.client.heard.empty());
}

std::string fault_of(const tls_options& options) {
  const auto made = tls_context::make(options);
  REQUIRE_FALSE(made);
  CHECK(made.code() == error_code::invalid_options);
  return made.failure().message;
}

TEST_CASE("what cannot be used is named by its option") {
  const test::authority authority;
  const auto own = authority.issue("DNS:client", "secret"), other = authority.issue("DNS:other");
  CHECK(fault_of({.ca = "/nonexistent/ca.pem"}) == "tls.ca: the file \"/nonexistent/ca.pem\" cannot be read");
  CHECK(fault_of({.ca = "-----BEGIN NOTHING-----\n"}) == "tls.ca: it holds no certificate");
  CHECK(fault_of({.key = own.key}) == "tls.key: a key without a certificate");
  CHECK(fault_of({.certificate = own.certificate}).starts_with("tls.key: no private key"));
  CHECK(fault_of({.certificate = own.certificate, .key = own.key, .key_password = "wrong"})
            .starts_with("tls.key: "));
  CHECK(fault_of({.certificate = own.certificate, .key = other.key})
            .starts_with("tls.key: it is not the certificate's"));
}

}  // namespace
}  // namespace klamm::net
