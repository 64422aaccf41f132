#include "tests/proxy/referee.hpp"

#include <doctest/doctest.h>

namespace klamm::proxy {
namespace {

using key = wire::api_key;

}  // namespace

TEST_CASE("without rules everything passes and is counted by its API") {
  referee by({});
  CHECK(by.request(key::produce) == fate::forward);
  CHECK(by.response(key::produce) == fate::forward);
  CHECK(by.response(key::fetch) == fate::forward);
  CHECK(by.so_far().requests[key::produce] == 1);
  CHECK(by.so_far().responses[key::fetch] == 1);
}

TEST_CASE("every third Produce response is lost, and no other API's") {
  referee by({.drop_every = {{key::produce, 3}}});
  for (int i = 1; i <= 9; ++i) {
    CHECK(by.request(key::produce) == fate::forward);
    CHECK(by.response(key::metadata) == fate::forward);
    CHECK(by.response(key::produce) == (i % 3 == 0 ? fate::withhold : fate::forward));
  }
  CHECK(by.so_far().dropped[key::produce] == 3);
  CHECK(by.so_far().responses[key::produce] == 9);
}

TEST_CASE("every fifth frame is cut, requests and responses counted together; one that is lost is none") {
  referee by({.drop_every = {{key::fetch, 1}}, .reset_every = 5});
  for (int round = 0; round < 3; ++round) {
    CHECK(by.request(key::produce) == fate::forward);
    CHECK(by.response(key::produce) == fate::forward);
    CHECK(by.response(key::fetch) == fate::withhold);
    CHECK(by.request(key::produce) == fate::forward);
    CHECK(by.response(key::produce) == fate::forward);
    CHECK(by.request(key::produce) == fate::cut);
  }
  CHECK(by.so_far().resets == 3);
}

}  // namespace klamm::proxy
