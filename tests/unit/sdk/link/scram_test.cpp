// SCRAM by the vectors of RFC 5802's kin, RFC 7677, and against brokers that do not know the password or play tricks.
#include <doctest/doctest.h>

#include "link/sasl.hpp"

namespace klamm::link {
namespace {

constexpr auto our_nonce = "rOprNGfwEbeRWgbNEkqO";
constexpr auto server_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr auto server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

std::unique_ptr<sasl_exchange> pencil(scram_hash hash = scram_hash::sha256) {
  return scram_exchange(hash, "user", "pencil", our_nonce);
}
std::string refusal(std::string_view challenge) {
  const auto exchange = pencil();
  exchange->first();
  const auto next = exchange->next(challenge);
  REQUIRE_FALSE(next);
  CHECK(next.code() == error_code::sasl_authentication_failed);
  return next.failure().message;
}

}  // namespace

TEST_CASE("SCRAM-SHA-256 is what RFC 7677 has, to the broker's proof") {
  const auto exchange = pencil();
  CHECK(exchange->mechanism() == "SCRAM-SHA-256");
  CHECK(exchange->first() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const auto proof = exchange->next(server_first);
  REQUIRE(proof);
  CHECK(*proof ==
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+"
        "Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  const auto end = exchange->next(server_final);
  REQUIRE(end);
  CHECK(*end == std::nullopt);
}

TEST_CASE("a broker that accepts without proving that it knows the password is not believed") {
  for (const auto* said : {"", "v=", "v=AAAA", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5="}) {
    const auto exchange = pencil();
    REQUIRE(exchange->next(server_first));
    CHECK(exchange->next(said).code() == error_code::sasl_authentication_failed);
  }
}

TEST_CASE("the broker's own refusal is told in its words") {
  const auto exchange = pencil();
  REQUIRE(exchange->next(server_first));
  CHECK(exchange->next("e=invalid-proof").failure().message == "SCRAM: invalid-proof");
}

TEST_CASE("the broker's nonce has to go on from ours") {
  CHECK(refusal("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096").find("nonce") !=
        std::string::npos);
  CHECK(refusal("r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096").find("nonce") != std::string::npos);
  CHECK(refusal("r=XrOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096").find("nonce") !=
        std::string::npos);
}

TEST_CASE("too few iterations give the password away, and too many the processor: neither is done") {
  for (const auto* count : {"4095", "100001", "2147483648", "-1", "", "4096x"})
    CHECK(refusal(std::string("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=") + count)
              .find("4096 to 100000") != std::string::npos);
}

TEST_CASE("what is no message of SCRAM is refused, and so is an extension that must be understood") {
  for (const auto* said : {"", "r=", "m=x,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                           "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=%%%%,i=4096",
                           "r=rOprNGfwEbeRWgbNEkqOx,i=4096,s=W22ZaJ0SNY7soEsUEjb6gQ=="})
    refusal(said);
}

TEST_CASE("commas and equals signs of a name are written as RFC 5802 wants") {
  CHECK(scram_exchange(scram_hash::sha512, "a,b=c", "p", "N")->first() == "n,,n=a=2Cb=3Dc,r=N");
  CHECK(pencil(scram_hash::sha512)->mechanism() == "SCRAM-SHA-512");
}

TEST_CASE("a delegation token says that it is one (KIP-48), and proves itself over that, too") {
  const auto exchange = token_exchange(scram_hash::sha256, "id=1", "aG1hYw==", our_nonce);
  CHECK(exchange->mechanism() == "SCRAM-SHA-256");
  CHECK(exchange->first() == "n,,n=id=3D1,r=rOprNGfwEbeRWgbNEkqO,tokenauth=true");
  const auto proof = exchange->next(server_first);
  REQUIRE(proof);
  CHECK(*proof ==
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=ESoJ003GbWJ7+"
        "US1eKVl8DHLnDM1ycWBLNCJiyHkG0Y=");
}

TEST_CASE("PLAIN says user and password and hears nothing") {
  using namespace std::string_literals;
  const auto exchange = plain_exchange("user", "secret");
  CHECK(exchange->first() == "\0user\0secret"s);
  CHECK(*exchange->next("") == std::nullopt);
}

TEST_CASE("OAUTHBEARER sends the token and its extensions, and asks for the error behind a refusal") {
  const auto exchange = bearer_exchange("abc.def", {{"logicalCluster", "l1"}, {"poolId", "p"}});
  CHECK(exchange->first() ==
        "n,,\x01"
        "auth=Bearer abc.def\x01logicalCluster=l1\x01poolId=p\x01\x01");
  CHECK(*exchange->next("") == std::nullopt);
  CHECK(*exchange->next("{\"status\":\"invalid_token\"}") == "\x01");
}

}  // namespace klamm::link
