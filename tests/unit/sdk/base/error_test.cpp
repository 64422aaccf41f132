#include "base/error.hpp"

#include <doctest/doctest.h>

using klamm::error_code;
using klamm::error_kind;

TEST_CASE("a code has Kafka's name and number") {
  CHECK(name(error_code::not_leader_or_follower) == "NOT_LEADER_OR_FOLLOWER");
  CHECK(static_cast<int>(error_code::not_leader_or_follower) == 6);
  CHECK(name(error_code::unknown_server_error) == "UNKNOWN_SERVER_ERROR");
  CHECK(name(error_code::none) == "NONE");
}

TEST_CASE("a number that the table does not have is kept and called unknown") {
  const auto from_the_future = static_cast<error_code>(9000);
  CHECK(name(from_the_future) == "UNKNOWN");
  CHECK(!klamm::retriable(from_the_future));
  CHECK(kind(from_the_future) == error_kind::other);
}

TEST_CASE("the kind says what to do") {
  CHECK(klamm::retriable(error_code::not_leader_or_follower));
  CHECK(klamm::refreshes_metadata(error_code::not_leader_or_follower));
  CHECK(klamm::retriable(error_code::coordinator_load_in_progress));
  CHECK(!klamm::refreshes_metadata(error_code::coordinator_load_in_progress));
  CHECK(!klamm::retriable(error_code::message_too_large));
  CHECK(kind(error_code::transaction_abortable) == error_kind::abortable);
  CHECK(kind(error_code::producer_fenced) == error_kind::application_recoverable);
}
