// How clients end: by the thread that runs their callbacks (an event loop, say), with calls open, without an executor that runs.
#include <atomic>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <klamm/admin.hpp>
#include <klamm/asio.hpp>
#include <klamm/broker/broker.hpp>
#include <klamm/consumer.hpp>
#include <klamm/producer.hpp>

using namespace std::chrono_literals;

namespace klamm {
namespace {

/// How often each record's callback ran, and whether it told of success.
struct calls {
  explicit calls(std::size_t records) : ran(records), stored(records) {}
  void send(Producer& by, std::size_t record) {
    by.send({.topic = "clicks", .value = "1"}, [this, record](const Result<RecordMetadata>& outcome) {
      ++ran[record];
      if (outcome)
        ++stored[record];
      else
        failures.push_back(outcome.error());
    });
  }

  std::vector<int> ran, stored;
  std::vector<Error> failures;
};

/// Runs what the queue has, and what that leads to.
void run_all(CallbackQueue& queue) {
  for (int i = 0; i < 1000 && queue.run_ready() > 0; ++i) {
  }
}

constexpr std::size_t records = 50;

}  // namespace

TEST_CASE(
    "a close on the callbacks' thread ends, and each callback runs once, with what became of its record") {
  const broker::Broker broker;
  CallbackQueue queue;
  calls made(records);
  {
    Producer producer({.bootstrap_servers = broker.address(), .callbacks = queue.executor()});
    for (std::size_t i = 0; i < records; ++i) made.send(producer, i);
    const auto report = producer.close(30s);
    CHECK(report.unresolved == 0);
    CHECK(report.failed == 0);
    CHECK(made.ran == std::vector<int>(records, 0));  // nobody else runs the queue
  }
  run_all(queue);
  CHECK(made.ran == std::vector<int>(records, 1));
  CHECK(made.stored == std::vector<int>(records, 1));
}

TEST_CASE(
    "what a close has no time for fails with `closed`, once each, though the queue is run only afterwards") {
  CallbackQueue queue;
  calls made(records);
  {
    const broker::Broker broker;
    Producer producer({.bootstrap_servers = broker.address(), .callbacks = queue.executor()},
                      {.linger = 10min, .delivery_timeout = 20min});
    for (std::size_t i = 0; i < records; ++i) made.send(producer, i);
    const auto report = producer.close(0ms);
    CHECK(report.unresolved == 0);
    run_all(queue);
    CHECK(made.ran == std::vector<int>(records, 1));
    CHECK(report.failed == made.failures.size());
    for (const auto& why : made.failures) CHECK(why == errc::closed);
  }
  run_all(queue);
  CHECK(made.ran == std::vector<int>(records, 1));
}

TEST_CASE("an exception of a callback passes through, and those of the same batch still come, each once") {
  const broker::Broker broker;
  CallbackQueue queue;
  int reports = 0;
  std::vector<int> ran(records);
  Producer producer(
      {.bootstrap_servers = broker.address(), .callbacks = queue.executor()},
      {.linger = 10min, .delivery_timeout = 20min, .on_delivery = [&](const BatchReport&) { ++reports; }});
  for (std::size_t i = 0; i < records; ++i)
    producer.send({.topic = "clicks", .partition = Partition(0)}, [&ran, i](const Result<RecordMetadata>&) {
      ++ran[i];
      if (i % 7 == 3) throw i;
    });
  CHECK(producer.close(30s).failed == 0);
  std::size_t thrown = 0;
  for (int i = 0; i < 1000; ++i) {
    try {
      if (queue.run_ready() == 0) break;
    } catch (const std::size_t&) {
      ++thrown;
    }
  }
  CHECK(ran == std::vector<int>(records, 1));
  CHECK(thrown == 7);
  CHECK(reports == 1);
}

TEST_CASE("what an administration's destructor cuts short ends with `closed`, and is told") {
  CallbackQueue queue;
  std::vector<Error> told;
  {
    Admin admin(ClientOptions{.bootstrap_servers = "127.0.0.1:1", .callbacks = queue.executor()});
    admin.async_create_topic({.name = "t"}, [&](const Result<TopicInfo>& outcome) {
      REQUIRE(!outcome);
      told.push_back(outcome.error());
    });
  }
  run_all(queue);
  REQUIRE(told.size() == 1);
  CHECK(told[0] == errc::closed);
}

TEST_CASE("no callback comes once a consumer is closed: the polls that were out end before") {
  const broker::Broker broker;
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> told = 0, after = 0;
    std::atomic<bool> closed = false;
    {
      Consumer consumer(broker.address());
      for (int i = 0; i < 100; ++i)
        consumer.async_poll(forever, [&](const Result<Records>& outcome) {
          if (closed) ++after;
          if (!outcome && outcome.error() == errc::closed) ++told;
        });
      if (round % 2 == 0) consumer.close(30s);
      closed = round % 2 == 0;
    }
    CHECK(told == 100);
    CHECK(after == 0);
  }
}

TEST_CASE("a client whose executor does not run any more is closed all the same, in its time") {
  asio::io_context io;
  io.stop();
  const ClientOptions options{
      .bootstrap_servers = "127.0.0.1:1", .close_timeout = 0ms, .io = io_executor(io.get_executor())};
  Producer producer(options);
  Consumer consumer(options);
  const Admin dropped(options);
  const auto flushed = producer.close(0ms);
  REQUIRE(flushed.first_error);
  CHECK(*flushed.first_error == errc::timed_out);
  const auto left = consumer.close(0ms);
  REQUIRE(left.first_error);
  CHECK(*left.first_error == errc::timed_out);
}

}  // namespace klamm
