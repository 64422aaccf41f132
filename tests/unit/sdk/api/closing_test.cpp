// A producer that is closed by the thread which runs its callbacks: an event loop's, say.
#include <vector>

#include <doctest/doctest.h>

#include <klamm/broker/broker.hpp>
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

}  // namespace klamm
