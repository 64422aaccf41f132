// Many coroutines on one consumer and one producer, all on one thread: the application's.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <doctest/doctest.h>

#include <klamm/asio.hpp>
#include <klamm/klamm.hpp>
#include <klamm/testing.hpp>

#include "tests/sdk/process_threads.hpp"

namespace klamm::test {
namespace {

using namespace std::chrono_literals;

constexpr int workers = 1000, records_each = 10, partitions = 40;
constexpr auto records = std::size_t{workers} * records_each;

/// A thousand workers: each makes records of its own, and when all have, copies what comes to it from one topic to another.
class pipeline {
 public:
  explicit pipeline(const testing::Cluster& cluster)
      : out_(on_this_thread(cluster), {.linger = 0ms}),
        in_(on_this_thread(cluster), {.group_id = "copiers",
                                      .auto_offset_reset = earliest,
                                      .max_poll_records = 4,
                                      .max_poll_partitions = 1}) {
    in_.subscribe({"orders"});
  }

  void run() {
    for (int worker = 0; worker < workers; ++worker) asio::co_spawn(io_, work(worker), asio::detached);
    io_.run();
  }

  std::ptrdiff_t threads = 0;         // of the process, in the midst of it
  int most_polling = 0;               // at a time
  std::map<std::string, int> copied;  // how often each record was
  std::optional<CloseReport> closed;

 private:
  ClientOptions on_this_thread(const testing::Cluster& cluster) {
    auto client = cluster.client();
    client.io = io_executor(io_.get_executor());
    return client;
  }

  asio::awaitable<void> work(int worker) {
    for (int n = 0; n < records_each; ++n) {
      const auto value = std::to_string(worker * records_each + n);
      const RecordRef made{.topic = "orders", .value = value, .partition = Partition(worker % partitions)};
      co_await out_.async_send(made);
    }
    co_await all_are_here();
    for (;;) {
      most_polling = std::max(most_polling, ++polling_);
      auto taken = co_await in_.async_poll(forever, as_result(asio::use_awaitable));
      --polling_;
      if (!taken) co_return;  // closed
      for (auto record : *taken) {
        const RecordRef copy{.topic = "copies", .value = record.value(), .partition = record.partition()};
        co_await out_.async_send(copy);
        ++copied[std::string(record.value().text())];
      }
      taken = Records();
      if (copied.size() == records && !std::exchange(ending_, true)) end();
    }
  }

  asio::awaitable<void> all_are_here() {
    asio::error_code opened;
    if (++here_ == workers)
      gate_.cancel();
    else
      co_await gate_.async_wait(asio::redirect_error(asio::use_awaitable, opened));
  }

  void end() {
    threads = threads_of_this_process();
    in_.async_close(30s, [this](const Result<CloseReport>& report) {
      closed = *report;
      out_.async_close(30s, [](const auto&) {});
    });
  }

  asio::io_context io_;
  asio::steady_timer gate_{io_, asio::steady_timer::time_point::max()};
  Producer out_;
  Consumer in_;
  int here_ = 0, polling_ = 0;
  bool ending_ = false;
};

}  // namespace

TEST_CASE(
    "a thousand coroutines share a consumer and a producer on one thread, and each record is processed "
    "once") {
  testing::Cluster cluster;
  for (const auto* const name : {"orders", "copies"})
    cluster.create_topic({.name = name, .partitions = partitions});
  const auto threads = threads_of_this_process();
  pipeline all(cluster);
  all.run();

  CHECK(all.threads <= threads);
  CHECK(all.most_polling == workers);
  CHECK(all.copied.size() == records);
  for (const auto& [value, times] : all.copied) CHECK_MESSAGE(times == 1, value);
  REQUIRE(all.closed);
  CHECK(all.closed->committed);
  CHECK(all.closed->left_group);

  // In each partition the copies are in the order of what was copied, and all that was copied is committed.
  const auto originals = cluster.records("orders"), copies = cluster.records("copies");
  REQUIRE(originals.size() == records);
  REQUIRE(copies.size() == records);
  for (std::size_t i = 0; i < records; ++i) {
    CHECK(copies[i].partition == originals[i].partition);
    CHECK(copies[i].value == originals[i].value);
  }
  std::vector<TopicPartition> places;
  for (int p = 0; p < partitions; ++p) places.push_back({"orders", Partition(p)});
  Consumer reader(cluster.client(), {.group_id = "copiers"});
  std::size_t committed = 0;
  for (const auto& place : reader.committed(places)) committed += static_cast<std::size_t>(place.next.value);
  CHECK(committed == records);
}

}  // namespace klamm::test
