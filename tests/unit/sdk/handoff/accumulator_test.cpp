#include "handoff/accumulator.hpp"

#include <string>

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace klamm;
using namespace klamm::handoff_test;

namespace {

const std::string kilobyte(1000, 'x');
accumulator_options small_batches() { return {.batch_size = 2500, .compression = {}}; }
accumulator_options compressed() { return {.compression = {wire::codec::lz4, {}}, .inline_seal_size = 500}; }

}  // namespace

TEST_CASE("records of a partition travel together once they lingered long enough") {
  fixture f;
  const auto orders = f.slot("orders");
  const auto a = f.append(orders, "a", 0), b = f.append(orders, "b", 3);
  CHECK(f.ready(4).empty());
  CHECK(f.source.next_linger() == at_ms(5));
  CHECK(f.source.front_bytes(orders) == 0);
  CHECK(f.ready(5) == slots{orders});
  CHECK(f.source.front_bytes(orders) > 0);
  const auto batch = f.source.drain(orders);
  CHECK(values_of(batch->sealed()) == strings{"a", "b"});
  CHECK(batch->opened() == at_ms(0));
  CHECK_FALSE(a.batch->resolved());
  batch->acknowledged(offset(100), {});
  REQUIRE(b.batch->resolved());
  CHECK(a.outcome().offset == offset(100));
  CHECK(b.outcome().offset == offset(101));
  CHECK(b.outcome().timestamp == timestamp(1000));
  CHECK(f.source.drain(orders) == nullptr);
  CHECK((f.source.next_linger() == never && f.source.oldest_opened() == never));
}

TEST_CASE("the I/O thread is woken from idle to busy and for a full batch, and once until it comes") {
  fixture f(small_batches());
  const auto orders = f.slot("orders"), pages = f.slot("pages");
  f.append(orders, "first", 0);
  CHECK(f.host.wakes == 1);
  f.append(pages, "not yet come", 0);
  CHECK(f.host.wakes == 1);
  f.ready(1);
  f.append(pages, "same deadline", 1);
  f.append(f.slot("third"), "a later deadline", 2);
  CHECK(f.host.wakes == 1);
  f.append(orders, kilobyte, 3);
  f.append(orders, kilobyte, 3);
  CHECK(f.host.wakes == 2);
  CHECK(f.ready(3) == slots{orders});
}

TEST_CASE(
    "a flush in the middle of the I/O thread's round, which is too late for it, wakes the thread again") {
  fixture f(compressed());
  const std::string third(200, 'x');
  for (const auto* topic : {"a", "b", "c"}) f.append(f.slot(topic), third, 0);
  const auto late = f.slot("late");
  f.host.asked_to_seal = [&] {
    f.append(late, "still lingers", 5);
    f.source.flush();
  };
  const int wakes = f.host.wakes;
  CHECK(f.ready(5) == slots{f.slot("a"), f.slot("b")});
  CHECK(f.host.wakes == wakes + 1);
  CHECK(f.ready(5) == slots{late});
  f.host.to_seal.front()();
  f.host.to_seal.clear();
}

TEST_CASE("without linger a batch is due at once, and takes what comes until it is drained") {
  fixture f({.linger = {}});
  const auto orders = f.slot("orders");
  f.append(orders, "a", 0);
  CHECK(f.host.wakes == 1);
  f.append(orders, "b", 0);
  CHECK(f.ready(0) == slots{orders});
  CHECK(values_of(f.source.drain(orders)->sealed()) == strings{"a", "b"});
}

TEST_CASE("draining stops at the first batch that is not ready, though later ones are") {
  fixture f(compressed());
  const auto orders = f.slot("orders");
  f.append(orders, kilobyte + "first", 0);
  CHECK(f.ready(5).empty());  // closed, and to be compressed elsewhere
  REQUIRE(f.host.to_seal.size() == 1);
  f.append(orders, "second", 6);
  CHECK(f.ready(11).empty());  // small: sealed at once, but behind the first
  CHECK(f.source.front_bytes(orders) == 0);
  CHECK(f.source.drain(orders) == nullptr);
  f.host.to_seal.front()();
  CHECK(f.ready(11) == slots{orders});
  CHECK(values_of(f.source.drain(orders)->sealed()) == strings{kilobyte + "first"});
  CHECK(f.source.front_bytes(orders) > 0);
  CHECK(values_of(f.source.drain(orders)->sealed()) == strings{"second"});
}

TEST_CASE("a batch behind others goes on filling after its linger, and is closed when its turn comes") {
  fixture f(small_batches());
  const auto orders = f.slot("orders");
  f.append(orders, kilobyte, 0);
  f.append(orders, kilobyte, 0);
  f.append(orders, "second", 0);
  CHECK(f.ready(10) == slots{orders});
  CHECK(f.source.next_linger() == never);
  f.append(orders, "late", 20);
  CHECK(values_of(f.source.drain(orders)->sealed()) == strings{kilobyte, kilobyte});
  CHECK(f.source.front_bytes(orders) > 0);
  CHECK(values_of(f.source.drain(orders)->sealed()) == strings{"second", "late"});
}

TEST_CASE("a batch whose turn comes because those before it failed is closed too") {
  fixture f(small_batches());
  const auto orders = f.slot("orders");
  f.append(orders, kilobyte, 0);
  f.append(orders, kilobyte, 0);
  f.append(orders, "second", 1);
  CHECK(f.ready(10) == slots{orders});
  f.source.expire(at_ms(0), error(error_code::delivery_timeout));
  CHECK(f.ready(10) == slots{orders});
  CHECK(values_of(f.source.drain(orders)->sealed()) == strings{"second"});
}

TEST_CASE(
    "what is more than the I/O thread seals in a round is sealed elsewhere together, and announced once") {
  fixture f(compressed());
  const std::string third(200, 'x');
  const slots all{f.slot("a"), f.slot("b"), f.slot("c"), f.slot("d")};
  for (const auto one : all) f.append(one, third, 0);
  CHECK(f.ready(5) == slots{all[0], all[1]});
  REQUIRE(f.host.to_seal.size() == 1);
  CHECK(f.source.front_bytes(all[2]) == 0);
  const int wakes = f.host.wakes;
  f.host.to_seal.front()();
  CHECK(f.host.wakes == wakes + 1);
  CHECK(f.ready(5) == slots{all[2], all[3]});
}

TEST_CASE("the appender that fills a batch compresses it itself") {
  auto options = compressed();
  options.batch_size = 10'000;
  fixture f(options);
  const auto orders = f.slot("orders");
  for (int i = 0; i < 20; ++i) f.append(orders, kilobyte, 0);
  CHECK(f.host.to_seal.empty());
  CHECK(f.ready(0) == slots{orders});
}

TEST_CASE("batches fill up by their estimated compressed size") {
  fixture f({.batch_size = 10'000, .compression = {wire::codec::zstd, {}}});
  const auto orders = f.slot("orders");
  std::size_t most = 0;
  for (int i = 0; i < 20'000; ++i)
    f.append(orders, "a record that compresses well, number " + std::to_string(i), 0);
  while (const auto batch = f.source.drain(orders)) {
    most = std::max(most, batch->sealed().plain_size);
    batch->acknowledged({}, {});
  }
  CHECK(most > 20'000);
}

TEST_CASE("a flush ends every linger, and waits for what was sent before it") {
  fixture f;
  const auto orders = f.slot("orders"), pages = f.slot("pages");
  f.append(orders, "a", 0);
  f.append(pages, "b", 0);
  const auto serial = f.source.flush();
  CHECK(f.ready(0) == slots{orders, pages});
  f.append(orders, "after the flush", 0);
  CHECK(f.ready(0).empty());
  bool reached = false;
  f.source.progress().then(serial, [&] {
    const auto report = f.source.progress().report();
    reached = true;
    CHECK((report.failed == 1 && report.first_error == error_code::delivery_timeout));
  });
  CHECK(f.source.flush_and_wait({}).unresolved == 3);
  f.source.drain(pages)->acknowledged(offset(0), {});
  CHECK_FALSE(reached);
  f.source.drain(orders)->failed(error(error_code::delivery_timeout));
  CHECK(reached);
}

TEST_CASE("hurrying a delivery ends its batch's linger") {
  fixture f;
  const auto orders = f.slot("orders"), pages = f.slot("pages");
  const auto wanted = f.append(orders, "a", 0);
  f.append(pages, "b", 1);
  f.source.hurry(*wanted.batch);
  CHECK(f.ready(1) == slots{orders});
}

TEST_CASE(
    "a batch that is split resolves its deliveries when all its children are, each with its own offset") {
  fixture f;
  const auto orders = f.slot("orders");
  std::vector<delivery> deliveries;
  for (int i = 0; i < 8; ++i) deliveries.push_back(f.append(orders, kilobyte + std::to_string(i), 0));
  f.ready(5);
  auto parent = f.source.drain(orders);
  auto children = *parent->split(4200);
  parent.reset();
  REQUIRE(children.size() == 2);
  auto grandchildren = *children[1]->split(2100);
  REQUIRE(grandchildren.size() == 2);
  grandchildren[1]->failed(error(error_code::message_too_large));
  children[0]->acknowledged(offset(50), {});
  CHECK_FALSE(deliveries[0].batch->resolved());
  CHECK_FALSE(f.source.progress().wait(f.source.flush(), {}));
  grandchildren[0]->acknowledged(offset(90), timestamp(7777));
  REQUIRE(deliveries[0].batch->resolved());
  CHECK(f.source.progress().wait(f.source.flush(), {}));
  CHECK(deliveries[3].outcome().offset == offset(53));
  CHECK(deliveries[5].outcome().offset == offset(91));
  CHECK(deliveries[5].outcome().timestamp == timestamp(7777));
  CHECK(
      (deliveries[6].outcome().failure && *deliveries[7].outcome().failure == error_code::message_too_large));
}

TEST_CASE("what was never drained expires by the time its batch opened, open or not") {
  fixture f(small_batches());
  const auto orders = f.slot("orders");
  const auto full = f.append(orders, kilobyte + kilobyte, 0), open = f.append(orders, "b", 50);
  const auto later = f.append(f.slot("pages"), "c", 100);
  CHECK(f.source.oldest_opened() == at_ms(0));
  f.source.expire(at_ms(50), error(error_code::delivery_timeout));
  CHECK((full.batch->resolved() && open.batch->resolved() && !later.batch->resolved()));
  CHECK(f.source.oldest_opened() == at_ms(100));
  const auto next = f.append(orders, "the next batch", 100);
  CHECK(next.batch.get() != open.batch.get());
}

TEST_CASE("a batch that expires while it is sealed is sealed for nobody") {
  fixture f(compressed());
  const auto orders = f.slot("orders");
  const auto lost = f.append(orders, kilobyte, 0);
  f.ready(5);
  f.source.expire(at_ms(5), error(error_code::delivery_timeout));
  CHECK(*lost.outcome().failure == error_code::delivery_timeout);
  f.append(orders, "next", 6);
  f.ready(11);
  f.host.to_seal.front()();
  CHECK(values_of(f.source.drain(orders)->sealed()) == strings{"next"});
}

TEST_CASE("everything resolves exactly once: dropped, shut, or refused") {
  int calls = 0;
  delivery in_hand, waiting;
  const auto closed = [&](const record_outcome& outcome) {
    ++calls;
    CHECK((outcome.failure && *outcome.failure == error_code::closed));
  };
  {
    fixture f(small_batches());
    const auto orders = f.slot("orders");
    in_hand = f.append(orders, kilobyte + kilobyte, 0, closed);
    auto batch = f.source.drain(orders);
    waiting = f.append(orders, "b", 0, closed);
    f.source.shut(error(error_code::closed));
    CHECK(waiting.batch->resolved());
    CHECK_FALSE(in_hand.batch->resolved());
    batch.reset();
    CHECK(in_hand.batch->resolved());
    CHECK(f.source.append(orders, record("late"), at_ms(0)).code() == error_code::closed);
    CHECK(f.source.append(f.slot("new"), record("late"), at_ms(0)).code() == error_code::closed);
  }
  CHECK(calls == 2);
  CHECK(in_hand.batch->resolved());  // outlives the producer
}

TEST_CASE(
    "after a batch had to be split, those behind it are split as far at once, and new ones are no larger") {
  fixture f({.linger = millis(0)});
  const auto orders = f.slot("orders");
  for (int batch = 0; batch < 2; ++batch) {
    for (int i = 0; i < 8; ++i) f.append(orders, kilobyte, 0);
    f.ready(0);
  }
  auto first = f.source.drain(orders);
  auto halves = *first->split(5000);
  const auto quarters = *halves[0]->split(2500);
  CHECK(quarters.size() == 2);
  const auto behind = *f.source.drain(orders)->split(5000);
  CHECK(behind.size() == 4);
  for (int i = 0; i < 8; ++i) f.append(orders, kilobyte, 0);
  CHECK(f.ready(0) == slots{orders});
  CHECK(f.source.drain(orders)->sealed().record_count == 2);
}

TEST_CASE("a record that no request can hold is refused at the call, and changes nothing") {
  fixture f({.max_request_size = 1000});
  const auto orders = f.slot("orders");
  CHECK(f.source.append(orders, record(kilobyte), at_ms(0)).code() == error_code::message_too_large);
  CHECK(f.source.budget().used() == 0);
  CHECK(f.source.oldest_opened() == never);
}

TEST_CASE("memory is charged by the chunk, and given back when the last share goes") {
  fixture f;
  const auto orders = f.slot("orders");
  f.append(orders, "small", 0);
  CHECK(f.source.budget().used() == 1024);
  f.append(orders, kilobyte + kilobyte, 0);
  CHECK(f.source.budget().used() == 1024 + 4096);
  f.ready(5);
  auto batch = f.source.drain(orders);
  auto in_socket = wire::stamped(batch->sealed(), {});
  batch->failed(error(error_code::delivery_timeout));
  batch.reset();
  CHECK(f.source.budget().used() == 1024 + 4096);
  in_socket = {};
  CHECK(f.source.budget().used() == 0);
}

TEST_CASE("a compressed body is charged for what it takes") {
  fixture f(compressed());
  const auto orders = f.slot("orders");
  for (int i = 0; i < 100; ++i) f.append(orders, kilobyte, 0);
  f.source.flush();
  f.ready(0);
  f.host.to_seal.front()();
  const auto batch = f.source.drain(orders);
  CHECK(f.source.budget().used() == batch->sealed().body.size());
  batch->acknowledged({}, {});
}

TEST_CASE("without memory: refused, overdrawn, or after a while given up") {
  fixture f({.buffer_memory = 2048});
  const auto orders = f.slot("orders");
  f.append(orders, "one chunk", 0);
  const auto with = [&](admission how) {
    return f.source.append(orders, record(kilobyte), at_ms(0), how, millis(1));
  };
  CHECK(with(admission::refuse).code() == error_code::buffer_full);
  CHECK(with(admission::wait).code() == error_code::buffer_full);
  CHECK(with(admission::overdraw).has_value());
  CHECK(f.source.budget().used() == 1024 + 4096);
}
