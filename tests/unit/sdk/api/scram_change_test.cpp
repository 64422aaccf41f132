// What is sent of a password that is to be set.
#include "api/scram_change.hpp"

#include <climits>
#include <doctest/doctest.h>

#include "link/scram_keys.hpp"

using namespace klamm;

namespace {

ScramCredentialChange pencil() {
  return {.user = "user",
          .mechanism = ScramMechanism::sha256,
          .password = "pencil",
          .iterations = 4096,
          .salt = "\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81"};
}

}  // namespace

TEST_CASE("a salted password proves the server of RFC 7677's example") {
  const auto made = api::derived(pencil());
  REQUIRE_FALSE(made.unacceptable);
  const auto server_key = link::scram_hmac(link::scram_hash::sha256, made.salted_password, "Server Key");
  const auto signature = link::scram_hmac(
      link::scram_hash::sha256, server_key,
      "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
      "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
  CHECK(signature ==
        "\xea\xba\xe2\x4d\x10\x62\xdb\x75\xa9\x45\x1f\xf0\xb6\xea\x7e\x98\xc8\x54\x65\x49\xff\x74\x1e\x67\x2d"
        "\x32\x51\xb2\x39\x7d\xe4\x6e");
}

TEST_CASE("each password has a salt of its own where none is given") {
  auto asked = pencil();
  asked.salt.clear();
  const auto one = api::derived(asked), other = api::derived(asked);
  CHECK(one.salt.size() == 32);
  CHECK(one.salt != other.salt);
}

TEST_CASE("iterations that nobody could wait for, or that are none, are refused before any is made") {
  for (const int iterations : {0, -1, 1'000'001, INT_MAX}) {
    auto asked = pencil();
    asked.iterations = iterations;
    const auto made = api::derived(asked);
    REQUIRE(made.unacceptable);
    CHECK(made.unacceptable->code == error_code::unacceptable_credential);
    CHECK(made.salted_password.empty());
  }
}

TEST_CASE("too few iterations are the broker's to refuse") {
  auto asked = pencil();
  asked.iterations = 16;
  CHECK_FALSE(api::derived(asked).unacceptable);
}

TEST_CASE("no credential is made of an empty password, nor for a mechanism that there is not") {
  auto asked = pencil();
  asked.password = "";
  CHECK(api::derived(asked).unacceptable->code == error_code::unacceptable_credential);
  asked = pencil();
  asked.mechanism = ScramMechanism(3);
  CHECK(api::derived(asked).unacceptable->code == error_code::unsupported_sasl_mechanism);
}

TEST_CASE("a credential to delete needs no password and no iterations") {
  const auto made = api::derived({.user = "user", .iterations = 0});
  CHECK(made.remove);
  CHECK_FALSE(made.unacceptable);
}
