#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include <klamm/admin_types.hpp>
#include <klamm/error.hpp>

#include "api/error_details.hpp"

namespace klamm {

TEST_CASE("an error says what was done, where, what came back, and its name") {
  const topic_partition orders{"orders", partition_id(3)};
  klamm::error why(error_code::message_too_large, "1,310,720 bytes, the topic allows 1,048,588");
  why.broker = "localhost:9092 (node 1)";
  const auto error = api::to_error(why, {.operation = "produce to", .partition = &orders});
  CHECK(error.message() ==
        "cannot produce to \"orders/3\": 1,310,720 bytes, the topic allows 1,048,588 (MESSAGE_TOO_LARGE)");
  CHECK(error == errc::message_too_large);
  CHECK(error.name() == "MESSAGE_TOO_LARGE");
  CHECK(error.operation() == "produce to");
  CHECK(error.broker() == "localhost:9092 (node 1)");
  REQUIRE(error.partition());
  CHECK(*error.partition() == TopicPartition{"orders", Partition(3)});
  std::ostringstream shown;
  shown << error;
  CHECK(shown.str() == error.message());
}

TEST_CASE("copies of an error share its details") {
  const Error error(errc::buffer_full);
  const auto copy = error;
  CHECK(&copy.message() == &error.message());
  CHECK(copy.message().ends_with("(BUFFER_FULL)"));
}

TEST_CASE("what can be done about an error") {
  CHECK(Error(errc::not_leader_or_follower).error_class() == ErrorClass::refresh_retriable);
  CHECK(Error(errc::not_leader_or_follower).retriable());
  CHECK(Error(errc::transaction_abortable).abortable());
  CHECK(Error(errc::topic_authorization_failed).error_class() == ErrorClass::invalid_configuration);
  CHECK(Error(errc::topic_already_exists).error_class() == ErrorClass::other);
  CHECK(Error(errc::producer_fenced).fatal());
  CHECK(!Error(errc::message_too_large).fatal());
  CHECK(Error(errc::delivery_timeout).maybe_written());
  CHECK(Error(errc::not_enough_replicas_after_append).maybe_written());
  CHECK(!Error(errc::not_enough_replicas).maybe_written());
}

TEST_CASE("an exception compares with the standard's conditions") {
  const Exception late{Error(errc::timed_out)};
  CHECK(late.code() == std::errc::timed_out);
  CHECK(late.code() == errc::timed_out);
  CHECK(std::string(late.code().category().name()) == "kafka");
  CHECK(make_error_code(errc::group_authorization_failed) == std::errc::permission_denied);
  CHECK(make_error_code(errc::not_coordinator) != std::errc::permission_denied);
}

TEST_CASE("a result gives its value or throws its error") {
  Result<int> good(3), bad{Error(errc::closed)};
  CHECK(good);
  CHECK(good.value() == 3);
  CHECK(!bad);
  CHECK_THROWS_AS(bad.value(), Exception);
  CHECK(bad.error() == errc::closed);
  CHECK(Result<void>());
}

TEST_CASE("a result of a wrong configuration throws ConfigError") {
  const ConfigError made({{"linger", "linger.ms", "-1", "out of range"}});
  Result<int> bad(made.error());
  try {
    bad.value();
    FAIL("nothing was thrown");
  } catch (const ConfigError& thrown) {
    CHECK(thrown.faults().size() == 1);
  }
}

TEST_CASE("outcomes per item: by key, as values, or one error that names every failure") {
  std::vector<PerItem<std::string, int>::value_type> outcomes;
  outcomes.emplace_back("a", 1);
  outcomes.emplace_back("b", Error(errc::topic_already_exists));
  outcomes.emplace_back("c", Error(errc::invalid_partitions));
  const PerItem<std::string, int> items(std::move(outcomes));
  CHECK(*items["a"] == 1);
  CHECK(items["b"].error() == errc::topic_already_exists);
  CHECK_THROWS_AS(items["d"], std::out_of_range);
  try {
    items.check();
    FAIL("nothing was thrown");
  } catch (const Exception& thrown) {
    CHECK(thrown.error() == errc::topic_already_exists);
    CHECK(thrown.error().message().starts_with("2 items failed\n  b: "));
    CHECK(thrown.error().message().find("\n  c: ") != std::string::npos);
  }
}

TEST_CASE("values of outcomes, when all are there") {
  std::vector<PerItem<std::string, int>::value_type> outcomes;
  outcomes.emplace_back("b", 2);
  outcomes.emplace_back("a", 1);
  CHECK(PerItem<std::string, int>(std::move(outcomes)).values() ==
        std::map<std::string, int>{{"a", 1}, {"b", 2}});
}

}  // namespace klamm
