// What an application hooks in: the interceptor of sends, the log, and its own thread for many clients.
#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_future.hpp>
#include <doctest/doctest.h>

#include <klamm/asio.hpp>

#include "tests/sdk/filled_topic.hpp"
#include "tests/sdk/process_threads.hpp"

namespace klamm::test {
namespace {

using namespace std::chrono_literals;

std::string_view header(const Record& record, std::string_view key) {
  return HeadersView(record.headers).last(key).text();
}

}  // namespace

TEST_CASE("on_send sees each record before it is taken, and adds headers to those that it has") {
  testing::Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  ProducerOptions options;
  options.on_send = [](const RecordRef& record, Headers& headers) {
    headers.add("trace", record.value.text());
  };
  Producer producer(cluster.client(), options);
  producer.send({.topic = "orders", .value = "1", .headers = {{"own", "x"}}});
  REQUIRE(producer.try_send({.topic = "orders", .value = "2"}));
  const std::vector<RecordRef> batch{{.topic = "orders", .value = "3"}, {.topic = "orders", .value = "4"}};
  producer.send_batch(batch);
  REQUIRE(producer.flush());
  const auto records = cluster.records("orders");
  REQUIRE(records.size() == 4);
  for (const auto& record : records) CHECK(header(record, "trace") == *record.value);
  CHECK(header(records[0], "own") == "x");
}

TEST_CASE("the log hook hears of a partition and of a topic that a consumer waits for and nobody has") {
  testing::Cluster cluster;
  cluster.create_topic({.name = "n1", .partitions = 1});
  std::promise<std::string> partition, topic;
  auto client = cluster.client();
  client.log = [&](const LogEvent& event) {
    if (event.what.find("n1") != std::string_view::npos) partition.set_value(std::string(event.what));
    if (event.what.find("nowhere") != std::string_view::npos) topic.set_value(std::string(event.what));
  };
  client.log_level = LogEvent::warning;
  Consumer consumer(client);
  consumer.assign({{"n1", Partition(77)}, {"nowhere", Partition(0)}});
  for (auto* told : {&partition, &topic}) {
    auto said = told->get_future();
    REQUIRE(said.wait_for(60s) == std::future_status::ready);
    CHECK(said.get().find("UNKNOWN_TOPIC_OR_PARTITION") != std::string::npos);
  }
  CHECK(consumer.poll(0ms).empty());
}

TEST_CASE("the log hook hears why a broker cannot be reached, if it wants to hear of that") {
  std::mutex lock;
  std::vector<std::string> heard;
  ClientOptions client{.bootstrap_servers = "127.0.0.1:1", .api_timeout = 300ms};
  client.log = [&](const LogEvent& event) {
    const std::lock_guard held(lock);
    if (event.where == "connection") heard.emplace_back(event.what);
  };
  client.log_level = LogEvent::warning;
  CHECK_FALSE(Admin(client).list_topics(as_result));
  CHECK(heard.empty());
  client.log_level = LogEvent::info;
  CHECK_FALSE(Admin(client).list_topics(as_result));
  REQUIRE_FALSE(heard.empty());
  CHECK(heard[0].find("127.0.0.1:1") != std::string::npos);
  CHECK(heard[0].find("refused") != std::string::npos);
}

TEST_CASE("twenty clients that share an IoExecutor have one thread") {
  testing::Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  auto client = cluster.client();
  client.io = IoExecutor::shared();
  std::vector<Producer> producers;
  std::ptrdiff_t with_one = 0;
  for (int i = 0; i < 20; ++i) {
    producers.emplace_back(client);
    producers.back().send({.topic = "orders", .value = "x"}).get();
    if (i == 0) with_one = threads_of_this_process();
  }
  CHECK(threads_of_this_process() <= with_one);
  CHECK(cluster.records("orders").size() == 20);
}

namespace {

asio::awaitable<bool> is_there_in(Delivery delivery, Millis limit) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  const auto first =
      co_await (delivery.async_get(asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
  co_return first.index() == 0;
}

}  // namespace

TEST_CASE("who gives up waiting for a delivery gives up the wait, and not the record") {
  testing::Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  cluster.delay(testing::Api::produce, 300ms);
  Producer producer(cluster.client(), {.linger = 0ms});
  auto delivery = producer.send({.topic = "orders", .value = "x"});
  asio::io_context io;
  auto answer = asio::co_spawn(io, is_there_in(delivery, 10ms), asio::use_future);
  io.run();
  CHECK_FALSE(answer.get());
  CHECK_FALSE(delivery.ready());
  CHECK(delivery.get().offset == Offset(0));
  CHECK(cluster.records("orders").size() == 1);
}

namespace {

/// What an operation that can be given up says, and giving it up through Asio's slot.
template <class T>
struct given_up {
  asio::io_context io;
  asio::cancellation_signal signal;
  std::optional<Result<T>> told;

  auto token() {
    return as_result(asio::bind_cancellation_slot(
        signal.slot(), asio::bind_executor(io, [this](Result<T> outcome) { told = std::move(outcome); })));
  }
  void give_up() {
    CHECK(io.poll() == 0);
    signal.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run_for(20s);  // no longer than until it was told
    REQUIRE(told);
    CHECK(told->error() == errc::cancelled);
  }
};

}  // namespace

TEST_CASE("who gives up waiting for a commit gives up the wait, and not the commit") {
  testing::Cluster cluster;
  fill(cluster, {"a", "b"});
  const TopicPartition orders{"orders", Partition(0)};
  Consumer consumer(cluster.client(), {.group_id = "g", .auto_offset_reset = earliest, .auto_commit = {}});
  consumer.assign({orders});
  CHECK(take(consumer, 2).size() == 2);
  cluster.delay(testing::Api::offset_commit, forever);
  given_up<void> commit;
  consumer.async_commit(commit.token());
  while (cluster.faults_met() == 0) std::this_thread::yield();
  commit.give_up();
  CHECK(Consumer(cluster.client(), {.group_id = "g"}).committed({orders}).at(0).next == Offset(2));
  consumer.close(0ms);  // the answer never comes
}

TEST_CASE("a consumer that is closed without time to commit does not wait for the broker, and says so") {
  testing::Cluster cluster;
  fill(cluster, {"a"});
  Consumer consumer(cluster.client(), {.group_id = "g", .auto_offset_reset = earliest, .auto_commit = {}});
  consumer.assign({{"orders", Partition(0)}});
  CHECK(take(consumer, 1).size() == 1);
  cluster.delay(testing::Api::offset_commit, forever);
  const auto began = std::chrono::steady_clock::now();
  CHECK_FALSE(consumer.close(0ms).committed);
  CHECK(std::chrono::steady_clock::now() - began < 20s);  // a request without an answer takes 30 s
}

TEST_CASE("who gives up a poll loses no record: the next poll has it") {
  testing::Cluster cluster;
  fill(cluster, {});
  Consumer consumer(cluster.client(), {.auto_offset_reset = earliest});
  consumer.assign({{"orders", Partition(0)}});
  given_up<Records> poll;
  consumer.async_poll(forever, poll.token());
  poll.give_up();
  Producer(cluster.client()).send({.topic = "orders", .value = "a"}).get();
  CHECK(take(consumer, 1) == std::vector<std::string>{"a"});
}

}  // namespace klamm::test
