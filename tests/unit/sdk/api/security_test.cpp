// TLS and SASL in options and properties, and the life of bearer tokens.
#include "api/security.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

#include "api/option_table.hpp"

namespace klamm::api {
namespace {

using properties = std::map<std::string, std::string>;

option_set read(const properties& from) {
  option_set to;
  for (const auto& fault : read_properties(client_kind::producer, from, to))
    FAIL(fault.kafka_name, ": ", fault.problem);
  return to;
}
std::vector<ConfigFault> faults_of(const properties& from) {
  option_set to;
  return read_properties(client_kind::producer, from, to);
}

TEST_CASE("SASL by properties: the mechanism with its user and password, in Kafka's and librdkafka's way") {
  const auto plain = read({{"security.protocol", "SASL_SSL"},
                           {"sasl.mechanisms", "PLAIN"},
                           {"sasl.username", "u"},
                           {"sasl.password", "p"}});
  CHECK(plain.client.tls);
  CHECK(std::get<Plain>(plain.client.sasl).user == "u");
  CHECK(std::get<Plain>(plain.client.sasl).password == "p");
  const auto scram =
      read({{"security.protocol", "sasl_plaintext"},
            {"sasl.mechanism", "SCRAM-SHA-512"},
            {"sasl.jaas.config",
             "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"a b\" "
             "password=\"q\\\"x\";"}});
  CHECK_FALSE(scram.client.tls);
  CHECK(std::get<Scram>(scram.client.sasl).hash == Scram::sha512);
  CHECK(std::get<Scram>(scram.client.sasl).user == "a b");
  CHECK(std::get<Scram>(scram.client.sasl).password == "q\"x");
  CHECK_FALSE(std::get<Scram>(scram.client.sasl).delegation_token);
}

TEST_CASE("a delegation token by properties, in Java's way; PLAIN knows of none") {
  const auto with = [](const std::string& mechanism, const std::string& login) {
    return properties{
        {"security.protocol", "SASL_PLAINTEXT"},
        {"sasl.mechanism", mechanism},
        {"sasl.jaas.config", login + " required username=\"id\" password=\"hm=\" tokenauth=\"true\";"}};
  };
  const auto token = read(with("SCRAM-SHA-256", "ScramLoginModule"));
  CHECK(std::get<Scram>(token.client.sasl).delegation_token);
  CHECK(std::get<Scram>(token.client.sasl).password == "hm=");
  CHECK((*sasl_of(token.client)())->first().ends_with(",tokenauth=true"));
  CHECK(faults_of(with("PLAIN", "PlainLoginModule")).at(0).problem.find("SCRAM") != std::string::npos);
}

TEST_CASE("TLS by properties") {
  const auto tls = read({{"security.protocol", "SSL"},
                         {"ssl.ca.location", "ca.pem"},
                         {"ssl.keystore.location", "own.pem"},
                         {"ssl.key.location", "own.key"},
                         {"ssl.key.password", "k"},
                         {"ssl.endpoint.identification.algorithm", ""}});
  REQUIRE(tls.client.tls);
  CHECK(tls.client.tls->ca == "ca.pem");
  CHECK(tls.client.tls->certificate == "own.pem");
  CHECK(tls.client.tls->key == "own.key");
  CHECK(tls.client.tls->key_password == "k");
  CHECK_FALSE(tls.client.tls->verify_host);
  CHECK(read({{"security.protocol", "SSL"}}).client.tls->verify_host);
}

TEST_CASE("what would silently be without effect is refused") {
  CHECK(faults_of({{"ssl.ca.location", "ca.pem"}}).size() == 1);
  CHECK(faults_of({{"sasl.mechanism", "PLAIN"}}).at(0).problem.find("SASL_SSL") != std::string::npos);
  CHECK(faults_of({{"security.protocol", "SASL_SSL"}}).at(0).problem.find("PLAIN") != std::string::npos);
  CHECK(faults_of({{"sasl.username", "u"}}).size() == 1);
  CHECK(faults_of({{"security.protocol", "SSL"}, {"sasl.mechanism", "GSSAPI"}}).size() == 1);
}

TEST_CASE("a secret is shown to nobody, not even in its own faults") {
  const auto set = read({{"security.protocol", "SASL_SSL"},
                         {"sasl.mechanism", "PLAIN"},
                         {"sasl.username", "u"},
                         {"sasl.password", "s3cret"},
                         {"ssl.key.password", "s3cret"}});
  for (const auto& key : option_keys()) CHECK(key.show(set).find("s3cret") == std::string::npos);
  for (const auto& fault : faults_of({{"sasl.password", "s3cret"}, {"sasl.jaas.config", "s3cret"}}))
    CHECK((fault.value + fault.problem).find("s3cret") == std::string::npos);
}

TEST_CASE("credentials without a user and tokens without a source are refused") {
  option_set options;
  options.client.bootstrap_servers = "b";
  options.client.sasl = Plain{"", "p"};
  CHECK(check_options(client_kind::admin, options).size() == 1);
  options.client.sasl = OAuthBearer{};
  CHECK(check_options(client_kind::admin, options).size() == 1);
}

// Tokens that come when the test lets them, on a clock that only the test moves.
struct token_fixture {
  std::function<OAuthToken(int)> source;
  int asked = 0;
  timestamp now{1'000'000};
  std::vector<std::function<void()>> elsewhere;
  std::shared_ptr<bearer_tokens> tokens = std::make_shared<bearer_tokens>(
      [this] { return source(++asked); },
      bearer_tokens::surroundings{.now = [this] { return now; },
                                  .elsewhere = [this](auto task) { elsewhere.push_back(std::move(task)); }});

  void answer() {
    REQUIRE(elsewhere.size() == 1);
    std::exchange(elsewhere, {}).front()();
  }
  static OAuthToken token(const std::string& value, std::int64_t until) {
    return {value, Timestamp(Millis(until)), {}};
  }
  bool uses(const std::string& value) {
    const auto made = tokens->exchange();
    return made && (*made)->first().find("Bearer " + value) != std::string::npos;
  }
};

TEST_CASE("until the first token comes there is none, and it is asked for once") {
  token_fixture f;
  f.source = [](int) { return token_fixture::token("one", 2'000'000); };
  f.tokens->ask();
  CHECK(f.tokens->exchange().code() == error_code::connect_failed);
  f.answer();
  CHECK(f.uses("one"));
  CHECK(f.elsewhere.empty());
}

TEST_CASE("past four fifths of its life the next one is asked for, and the old one used meanwhile") {
  token_fixture f;
  f.source = [](int which) { return token_fixture::token(which == 1 ? "one" : "two", 2'000'000 * which); };
  f.tokens->ask();
  f.answer();
  f.now = timestamp(1'799'999);
  CHECK(f.uses("one"));
  CHECK(f.elsewhere.empty());
  f.now = timestamp(1'800'000);
  CHECK(f.uses("one"));
  CHECK(f.uses("one"));
  f.answer();
  CHECK(f.uses("two"));
}

TEST_CASE("a token that ended is not used, though the next has not come") {
  token_fixture f;
  f.source = [](int) { return token_fixture::token("one", 2'000'000); };
  f.tokens->ask();
  f.answer();
  f.now = timestamp(2'000'000);
  CHECK(f.tokens->exchange().code() == error_code::connect_failed);
}

TEST_CASE("a retriable exception is no refusal: the connection is tried again, and says what for") {
  token_fixture f;
  f.source = [](int which) -> OAuthToken {
    if (which == 1) throw Exception(Error(errc::connect_failed));
    return token_fixture::token("two", 2'000'000);
  };
  f.tokens->ask();
  f.answer();
  const auto none = f.tokens->exchange();
  CHECK(none.code() == error_code::connect_failed);
  CHECK(none.failure().message.starts_with("there is no bearer token: "));
  f.answer();
  CHECK(f.uses("two"));
}

TEST_CASE("what the application throws is why there is no token, and it is asked again") {
  token_fixture f;
  f.source = [](int which) -> OAuthToken {
    if (which == 1) throw std::runtime_error("the issuer is away");
    return token_fixture::token("two", 2'000'000);
  };
  f.tokens->ask();
  f.answer();
  const auto none = f.tokens->exchange();
  CHECK(none.code() == error_code::sasl_authentication_failed);
  CHECK(none.failure().message == "there is no bearer token: the issuer is away");
  f.answer();
  CHECK(f.uses("two"));
}

TEST_CASE("a failed renewal leaves the token that is still good") {
  token_fixture f;
  f.source = [](int which) -> OAuthToken {
    if (which == 2) throw std::runtime_error("the issuer is away");
    return token_fixture::token("one", 2'000'000);
  };
  f.tokens->ask();
  f.answer();
  f.now = timestamp(1'900'000);
  CHECK(f.uses("one"));
  f.answer();
  CHECK(f.uses("one"));
}

TEST_CASE("a token that has ended when it comes is none") {
  token_fixture f;
  f.source = [](int) { return token_fixture::token("old", 1'000'000); };
  f.tokens->ask();
  f.answer();
  CHECK(f.tokens->exchange().code() == error_code::sasl_authentication_failed);
}

}  // namespace
}  // namespace klamm::api
