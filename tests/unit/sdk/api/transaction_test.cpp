// Transactions as the application meets them before any coordinator does: what is refused, by each form of each call.
#include <future>
#include <optional>
#include <thread>

#include <doctest/doctest.h>

#include <klamm/klamm.hpp>

namespace klamm {
namespace {

using namespace std::chrono_literals;

/// Nobody listens there.
ClientOptions no_broker() { return {.bootstrap_servers = "127.0.0.1:1", .close_timeout = 0ms}; }

}  // namespace

TEST_CASE("without a transactional id there are no transactions, and with one no records outside of them") {
  Producer plain(no_broker());
  CHECK(plain.begin_transaction(as_result).error() == errc::invalid_options);
  CHECK_THROWS_AS(plain.begin_transaction(), Exception);
  Producer transactional(no_broker(), {.transactional_id = "copier"});
  CHECK(transactional.send({.topic = "a", .value = "x"}, as_result).error() == errc::invalid_txn_state);
  CHECK(transactional.try_send({.topic = "a", .value = "x"}).error() == errc::invalid_txn_state);
  std::promise<Result<RecordMetadata>> told;
  transactional.async_send({.topic = "a", .value = "x"},
                           [&](Result<RecordMetadata> outcome) { told.set_value(std::move(outcome)); });
  CHECK(told.get_future().get().error() == errc::invalid_txn_state);
}

TEST_CASE("a begin that nobody answers ends with api_timeout, and so does its twin for a callback") {
  auto impatient = no_broker();
  impatient.api_timeout = 20ms;
  Producer producer(impatient, {.transactional_id = "copier"});
  CHECK(producer.begin_transaction(as_result).error() == errc::timed_out);
  std::promise<Result<Transaction>> told;
  producer.async_begin_transaction([&](Result<Transaction> begun) { told.set_value(std::move(begun)); });
  CHECK(told.get_future().get().error() == errc::timed_out);
}

TEST_CASE("close ends a begin that waits") {
  Producer producer(no_broker(), {.transactional_id = "copier"});
  std::promise<Result<Transaction>> told;
  producer.async_begin_transaction([&](Result<Transaction> begun) { told.set_value(std::move(begun)); });
  CHECK(producer.close(0ms).failed == 0);
  CHECK(told.get_future().get().error() == errc::closed);
  CHECK(producer.begin_transaction(as_result).error() == errc::closed);
}

TEST_CASE("a transaction that is none, or no more, says so") {
  Transaction none;
  CHECK(none.send({.topic = "a", .value = "x"}, as_result).error() == errc::invalid_txn_state);
  CHECK(none.commit(as_result).error() == errc::invalid_txn_state);
  CHECK_THROWS_AS(none.async_commit([](Result<bool>) {}), Exception);
  none.abort();
}

TEST_CASE("a consumer without a group cannot be bound; one that is bound does not commit by itself") {
  auto impatient = no_broker();
  impatient.api_timeout = 20ms;
  Producer producer(impatient, {.transactional_id = "copier"});
  Consumer alone(no_broker());
  CHECK(producer.begin_transaction(alone, as_result).error() == errc::invalid_options);
  Consumer bound(no_broker(), {.group_id = "g"});
  CHECK(producer.begin_transaction(bound, as_result).error() == errc::timed_out);
  CHECK(bound.commit(as_result).error() == errc::invalid_txn_state);
}

}  // namespace klamm
