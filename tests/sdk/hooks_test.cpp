// What an application hooks in: the interceptor of sends, the log, and its own thread for many clients.
#include <filesystem>
#include <mutex>

#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_future.hpp>
#include <doctest/doctest.h>

#include <klamm/asio.hpp>

#include "tests/sdk/filled_topic.hpp"

namespace klamm::test {
namespace {

using namespace std::chrono_literals;

std::string_view header(const Record& record, std::string_view key) {
  return HeadersView(record.headers).last(key).text();
}

std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
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

}  // namespace klamm::test
