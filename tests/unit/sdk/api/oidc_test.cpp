// Tokens of an OpenID Connect provider: what is asked, what its answers come to, and a provider on this machine.
#include "api/oidc.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <httplib.h>
#include <openssl/ssl.h>

#include <klamm/producer.hpp>

#include "base/base64.hpp"
#include "net/openssl_ptr.hpp"
#include "net/system.hpp"
#include "tests/unit/sdk/net/authority.hpp"

namespace klamm::api {
namespace {

using namespace std::chrono_literals;

constexpr timestamp now(1'700'000'000'000);

std::string refusal(int status, const std::string& body) {
  const auto token = token_in({status, body}, now);
  REQUIRE_FALSE(token);
  CHECK(token.failure().code == error_code::sasl_authentication_failed);
  return token.failure().message;
}

/// What is said against the properties; empty: nothing.
std::string refusal_of(const std::map<std::string, std::string>& properties) {
  try {
    ProducerOptions::from_properties(properties);
  } catch (const ConfigError& wrong) {
    return wrong.what();
  }
  return {};
}

std::string json_web_token(const std::string& claims) {
  return "e30." + base64_encode(as_bytes_view(claims), base64_alphabet::url_unpadded) + ".";
}

/// What its endpoint /token was asked, and answers.
template <class Server>
struct provider {
  template <class... Args>
  explicit provider(const Args&... args) : server(args...) {
    server.Post("/token", [this](const httplib::Request& asked, httplib::Response& to) {
      authorization = asked.get_header_value("Authorization");
      form = asked.body;
      to.status = status;
      to.set_content(body, "application/json");
    });
    port = server.bind_to_any_port("127.0.0.1");
    thread = std::thread([this] { server.listen_after_bind(); });
  }
  ~provider() {
    server.stop();
    thread.join();
  }
  OidcClientCredentials client(std::string_view scheme, std::string_view host = "127.0.0.1") const {
    return {.token_url = fmt::format("{}://{}:{}/token", scheme, host, port),
            .client_id = "app",
            .client_secret = "s"};
  }

  Server server;
  int port = 0, status = 200;
  std::string body = R"({"access_token": "abc", "expires_in": 60})", authorization, form;
  std::thread thread;
};

/// What the token function throws; empty: it gives one.
std::string thrown(const OidcClientCredentials& by) {
  try {
    tokens_of(by).token();
  } catch (const std::runtime_error& failed) {
    return failed.what();
  }
  return {};
}

std::string file_of(const std::string& name, const std::string& text) {
  const auto path =
      std::filesystem::temp_directory_path() / fmt::format("klamm-oidc-{}-{}", ::getpid(), name);
  std::ofstream(path) << text;
  return path.string();
}

}  // namespace

TEST_CASE("a token ends when expires_in says, or the token itself") {
  const auto told =
      token_in({200, R"({"access_token": "abc", "token_type": "Bearer", "expires_in": 3600})"}, now);
  REQUIRE(told);
  CHECK(told->value == "abc");
  CHECK(told->expires == Timestamp(Millis(now.value + 3'600'000)));
  const auto by_itself = json_web_token(R"({"exp": 1700000100})");
  const auto read = token_in({200, fmt::format(R"({{"access_token": "{}"}})", by_itself)}, now);
  REQUIRE(read);
  CHECK(read->expires == Timestamp(1'700'000'100s));
}

TEST_CASE("a time beyond all bounds is as good as for ever, and what is no time is none") {
  for (const auto* const body :
       {R"({"access_token": "abc", "expires_in": 1e300})", R"({"access_token": "abc", "expires_in": 1e18})"})
    CHECK(token_in({200, body}, now)->expires > Timestamp(Millis(now.value)) + std::chrono::years(99));
  CHECK(refusal(200, R"({"access_token": "abc", "expires_in": -5})").starts_with("neither expires_in"));
}

TEST_CASE("what a provider writes is quoted short and on one line") {
  const auto said =
      refusal(400, R"({"error": "x\ny", "error_description": ")" + std::string(100'000, 'd') + "\"}");
  CHECK(said.size() < 1'000);
  CHECK(said.find('\n') == std::string::npos);
}

TEST_CASE("an answer that is no token says what the provider says") {
  CHECK(refusal(401, R"({"error": "invalid_client", "error_description": "no such client"})") ==
        "the provider answered 401: invalid_client (no such client)");
  for (const int status : {502, 429}) {
    const auto later = token_in({status, "<html>"}, now);
    CHECK(later.failure().code == error_code::connect_failed);
    CHECK(later.failure().message == fmt::format("the provider answered {}", status));
  }
  CHECK(refusal(200, "[]") == "the provider's answer is no JSON object");
  CHECK(refusal(200, R"({"token": "abc"})") == "the provider's answer has no access_token");
  for (const auto* const token : {"abc", "a.b.c", "a.!.c"})
    CHECK(refusal(200, fmt::format(R"({{"access_token": "{}"}})", token)) ==
          "neither expires_in nor the token's exp says when it ends");
}

TEST_CASE("id and secret are encoded where that is asked for") {
  OidcClientCredentials from{
      .token_url = "https://x/t", .client_id = "a b", .client_secret = "+%/", .scope = "kafka"};
  CHECK(token_request(from).user == "a b");
  CHECK(token_request(from).password == "+%/");
  CHECK(token_request(from).form.back() == std::pair<std::string, std::string>("scope", "kafka"));
  from.encode_credentials = true;
  CHECK(token_request(from).user == "a+b");
  CHECK(token_request(from).password == "%2B%25%2F");
}

TEST_CASE("a provider is asked by HTTP: the credentials in the header, the grant in the form") {
  provider<httplib::Server> there;
  auto by = there.client("http");
  by.scope = "read write";
  by.extensions = {{"logicalCluster", "lkc"}};
  const auto before = net::system_now().wall;
  const auto token = tokens_of(by).token();
  CHECK(token.value == "abc");
  CHECK(token.expires >= Timestamp(Millis(before.value + 60'000)));
  CHECK(token.extensions == by.extensions);
  CHECK(there.authorization ==
        "Basic " + base64_encode(as_bytes_view(std::string_view("app:s")), base64_alphabet::padded));
  CHECK(there.form == "grant_type=client_credentials&scope=read%20write");

  there.status = 400;
  there.body = R"({"error": "invalid_scope"})";
  CHECK(thrown(by) == fmt::format("{}: the provider answered 400: invalid_scope (SASL_AUTHENTICATION_FAILED)",
                                  by.token_url));
  by.token_url = "http://127.0.0.1:1/token";
  CHECK(thrown(by).starts_with("no answer from http://127.0.0.1:1/token: "));
}

TEST_CASE("a provider behind TLS has to be signed for, and to be the one that was dialled") {
  const test::authority root("root");
  const auto own = root.issue("DNS:localhost");
  provider<httplib::SSLServer> there(file_of("cert", own.certificate).c_str(),
                                     file_of("key", own.key).c_str());
  auto by = there.client("https", "localhost");
  by.ca_file = file_of("ca", root.certificate());
  CHECK(thrown(by).empty());
  auto stranger = by;
  stranger.ca_file = file_of("other", test::authority("other").certificate());
  CHECK(thrown(stranger).find("SSL") != std::string::npos);
  auto elsewhere = there.client("https", "127.0.0.1");
  elsewhere.ca_file = by.ca_file;
  CHECK(thrown(elsewhere).find("SSL") != std::string::npos);
}

// cpp-httplib writes to TLS connections without MSG_NOSIGNAL, and an application need not ignore SIGPIPE.
TEST_CASE("a provider that hangs up does not end the process") {
  constexpr int times = 5;
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  const test::authority root("root");
  const auto own = root.issue("DNS:localhost");
  const net::openssl_ptr<SSL_CTX, SSL_CTX_free> context(SSL_CTX_new(TLS_server_method()));
  REQUIRE(SSL_CTX_use_certificate_file(context.get(), file_of("cert", own.certificate).c_str(),
                                       SSL_FILETYPE_PEM) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey_file(context.get(), file_of("key", own.key).c_str(), SSL_FILETYPE_PEM) == 1);
  asio::io_context io;
  asio::ip::tcp::acceptor listening(io, {asio::ip::address_v4::loopback(), 0});
  std::thread rude([&] {
    for (int i = 0; i < times; ++i) {
      auto guest = listening.accept();
      const net::openssl_ptr<SSL, SSL_free> talk(SSL_new(context.get()));
      SSL_set_fd(talk.get(), guest.native_handle());
      SSL_accept(talk.get());
      SSL_shutdown(talk.get());
    }
  });
  OidcClientCredentials by{
      .token_url = fmt::format("https://localhost:{}/token", listening.local_endpoint().port()),
      .client_id = "app",
      .scope = std::string(4 << 20, 's'),  // still on its way when the connection is gone
      .ca_file = file_of("ca", root.certificate())};
  for (int i = 0; i < times; ++i) CHECK_FALSE(thrown(by).empty());
  rude.join();
  std::signal(SIGPIPE, before);
}

TEST_CASE("properties of Java's and librdkafka's clients make an OAuthBearer, and what they lack is told") {
  std::map<std::string, std::string> properties{{"bootstrap.servers", "b"},
                                                {"security.protocol", "SASL_SSL"},
                                                {"sasl.mechanism", "OAUTHBEARER"},
                                                {"sasl.oauthbearer.token.endpoint.url", "https://id/token"},
                                                {"sasl.oauthbearer.method", "oidc"},
                                                {"sasl.oauthbearer.client.id", "app"},
                                                {"sasl.oauthbearer.client.secret", "s"},
                                                {"sasl.oauthbearer.extensions", "a=1,b=2"}};
  const auto made = ProducerOptions::from_properties(properties).first;
  REQUIRE(std::holds_alternative<OAuthBearer>(made.sasl));
  CHECK(std::get<OAuthBearer>(made.sasl).token);

  properties["sasl.oauthbearer.token.endpoint.url"] = "id/token";
  properties.erase("sasl.oauthbearer.client.id");
  try {
    ProducerOptions::from_properties(properties);
    FAIL("they were taken");
  } catch (const ConfigError& wrong) {
    REQUIRE(wrong.faults().size() == 2);
    CHECK(wrong.faults()[0].kafka_name == "sasl.oauthbearer.token.endpoint.url");
    CHECK(wrong.faults()[1].kafka_name == "sasl.oauthbearer.client.id");
  }
  properties["sasl.oauthbearer.token.endpoint.url"] = "https://user:TOPSECRET@id/token";
  CHECK_THROWS_AS(ProducerOptions::from_properties(properties), ConfigError);
  CHECK(refusal_of(properties).find("TOPSECRET") == std::string::npos);
  // Java's ways to say the credentials.
  properties["sasl.oauthbearer.token.endpoint.url"] = "https://id/token";
  properties.erase("sasl.oauthbearer.client.secret");
  properties["sasl.jaas.config"] =
      R"(org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="app" clientSecret="s" scope="x";)";
  CHECK(std::holds_alternative<OAuthBearer>(ProducerOptions::from_properties(properties).first.sasl));
  properties["sasl.oauthbearer.client.credentials.client.id"] = "app";
  properties["sasl.jaas.config"] =
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;";
  CHECK(std::holds_alternative<OAuthBearer>(ProducerOptions::from_properties(properties).first.sasl));
}

TEST_CASE(
    "a JAAS line may have quotes of either kind or none, names extensions, and gives way to properties") {
  provider<httplib::Server> there;
  const auto line =
      "M required clientId='from line' clientSecret=plain scope=\"a \\\"b\" extension_logicalCluster=lkc;";
  const auto made = ProducerOptions::from_properties(
                        {{"bootstrap.servers", "b"},
                         {"security.protocol", "SASL_PLAINTEXT"},
                         {"sasl.mechanism", "OAUTHBEARER"},
                         {"sasl.oauthbearer.token.endpoint.url", there.client("http").token_url},
                         {"sasl.oauthbearer.client.id", "app"},
                         {"sasl.jaas.config", line}})
                        .first;
  const auto token = std::get<OAuthBearer>(made.sasl).token();
  CHECK(there.authorization ==
        "Basic " + base64_encode(as_bytes_view(std::string_view("app:plain")), base64_alphabet::padded));
  CHECK(there.form == "grant_type=client_credentials&scope=a%20%22b");
  CHECK(token.extensions.at("logicalCluster") == "lkc");
}

TEST_CASE("the value of a property that may be a secret's is shown to nobody") {
  for (const auto* const name :
       {"sasl.oauthbearer.client.secert", "sasl.pasword", "sasl.oauthbearer.config"}) {
    const auto said = refusal_of({{"bootstrap.servers", "b"}, {name, "TOPSECRET"}});
    CHECK_FALSE(said.empty());
    CHECK(said.find("TOPSECRET") == std::string::npos);
  }
}

}  // namespace klamm::api
