// TLS of made connections against a server of OpenSSL's own kind: trust, names, bytes of all sizes, and ends.
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>

#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <doctest/doctest.h>

#include "tests/unit/broker/server/temporary_directory.hpp"
#include "tests/unit/sdk/net/authority.hpp"
#include "tests/unit/sdk/net/scripted_machine.hpp"

namespace klamm::net {
namespace {

using namespace link;
using test::text;

constexpr connection_id secured(1);

// Lets old versions of the protocol pass, which the library's own rules keep out otherwise.
void let_old_versions_pass(SSL_CTX* context) { SSL_CTX_set_security_level(context, 0); }

// Echoes what one client sends.
class echo_server {
 public:
  echo_server(asio::io_context& context, const test::identity& own, const std::string& clients_ca = {},
              int newest_version = TLS1_3_VERSION)
      : tls_(asio::ssl::context::tls_server),
        acceptor_(context, {asio::ip::make_address("127.0.0.1"), 0}),
        socket_(context) {
    let_old_versions_pass(tls_.native_handle());
    REQUIRE(SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_VERSION) == 1);
    REQUIRE(SSL_CTX_set_max_proto_version(tls_.native_handle(), newest_version) == 1);
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
  /// What is spoken with the client.
  int version() { return SSL_version(stream_->native_handle()); }
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
  void serve_up_to(int newest_version) {
    server.emplace(context, authority.issue("IP:127.0.0.1"), std::string(), newest_version);
  }
  void connect(const tls_options& with, const std::function<void(SSL_CTX*)>& change = {}) {
    const auto made = tls_context::make(with);
    REQUIRE(made);
    if (change) change((*made)->native());
    driver_options options;
    options.tls = *made;
    client_driver.emplace(context.get_executor(), client, std::move(options));
    decide(effect::connect{secured, server->address()});
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
    f.decide(effect::send{secured, pieces});
  }
  f.until([&] { return f.client.bytes[secured].size() >= all.size(); });
  CHECK(f.client.bytes[secured] == all);
  CHECK(f.client.sent[secured] == all.size());
  f.decide(effect::close{secured});
  f.until([&] { return f.client_driver->connections() == 0; });
  f.until([&] { return f.server->said_goodbye; });
}

TEST_CASE("a small buffer is filled again and again: what the library still holds is not forgotten") {
  tls_fixture f;
  f.client.buffer_size = 1000;
  f.serve(f.authority.issue("IP:127.0.0.1"));
  f.connect({.ca = f.authority.certificate()});
  f.decide(effect::send{secured, text(std::string(50'000, 'x'))});
  f.until([&] { return f.client.bytes[secured].size() == 50'000; });
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

TEST_CASE("TLS 1.3 is spoken, and 1.2 with a broker that has no newer one") {
  for (const auto version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    tls_fixture f;
    f.serve_up_to(version);
    f.connect({.ca = f.authority.certificate()});
    REQUIRE(f.client.connected.size() == 1);
    CHECK(f.server->version() == version);
  }
}

// The rules of the client's library are out of the way, so that its own one is all that can refuse.
TEST_CASE("a broker that has nothing newer than TLS 1.1 is refused, and the refusal says so") {
  tls_fixture f;
  f.serve_up_to(TLS1_1_VERSION);
  SUBCASE("as ever") {
    f.connect({.ca = f.authority.certificate()}, let_old_versions_pass);
    CHECK(f.refusal().starts_with("no TLS with the broker, which has neither 1.2 nor 1.3: "));
  }
  SUBCASE("control: there is a broker to speak with for a client that would") {
    f.connect({.ca = f.authority.certificate()}, [](SSL_CTX* client) {
      let_old_versions_pass(client);
      SSL_CTX_set_min_proto_version(client, TLS1_1_VERSION);
    });
    REQUIRE(f.client.connected.size() == 1);
    CHECK(f.server->version() == TLS1_1_VERSION);
  }
}

// Says whom the system trusts, while it lives.
class system_trust {
 public:
  explicit system_trust(const test::authority& whom) {
    std::ofstream(folder_ / "ca.pem") << whom.certificate();
    file_ = set("SSL_CERT_FILE", folder_ / "ca.pem");
    directory_ = set("SSL_CERT_DIR", folder_ / "none");
  }
  ~system_trust() {
    set("SSL_CERT_FILE", file_);
    set("SSL_CERT_DIR", directory_);
  }
  system_trust(const system_trust&) = delete;
  system_trust& operator=(const system_trust&) = delete;

 private:
  // What it was; nothing: it was not there.
  static std::optional<std::string> set(const char* variable, const std::optional<std::string>& to) {
    const auto* const old = std::getenv(variable);
    const auto was = old ? std::optional<std::string>(old) : std::nullopt;
    if (to)
      ::setenv(variable, to->c_str(), 1);
    else
      ::unsetenv(variable);
    return was;
  }

  test::temporary_directory folder_;
  std::optional<std::string> file_, directory_;
};

TEST_CASE("whom the system trusts may sign, where no other authority is named") {
  tls_fixture f;
  f.serve(f.authority.issue("IP:127.0.0.1"));
  SUBCASE("the system trusts who signed") {
    const system_trust set(f.authority);
    f.connect({});
    CHECK(f.client.connected.size() == 1);
  }
  SUBCASE("the system trusts another one") {
    const system_trust set(f.other);
    f.connect({});
    CHECK(f.refusal().find("certificate is refused: ") != std::string::npos);
  }
  SUBCASE("an authority that is named is the only one") {
    const system_trust set(f.authority);
    f.connect({.ca = f.other.certificate()});
    CHECK(f.refusal().find("certificate is refused: ") != std::string::npos);
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
  f.decide(effect::send{secured, text("hello")});
  f.until([&] { return f.client.bytes[secured] == "hello"; });
}

TEST_CASE("a broker that wants a certificate ends the connection, and its reason is told") {
  tls_fixture f;
  f.serve(f.authority.issue("IP:127.0.0.1"), f.authority.certificate());
  f.connect({.ca = f.authority.certificate()});
  f.decide(effect::send{secured, text("hello")});
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
  f.decide(effect::connect{secured, {"127.0.0.1", plain.local_endpoint().port()}});
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
  f.decide(effect::connect{secured, {"127.0.0.1", silent.local_endpoint().port()}});
  asio::ip::tcp::socket accepted(f.context);
  bool connected = false;
  silent.async_accept(accepted, [&](const std::error_code&) { connected = true; });
  f.until([&] { return connected; });
  f.decide(effect::close{secured});
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
