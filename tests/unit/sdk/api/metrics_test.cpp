// Metrics of clients of a broker in the same process: what they come to, and when and where the application is told of them.
#include <algorithm>
#include <poll.h>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <klamm/asio.hpp>
#include <klamm/broker/broker.hpp>
#include <klamm/consumer.hpp>
#include <klamm/producer.hpp>

#include "api/metrics_hook.hpp"
#include "api/option_table.hpp"

using namespace std::chrono_literals;

namespace klamm {
namespace {

template <class Partitions>
auto sum(const Partitions& of, auto field) {
  std::uint64_t out = 0;
  for (const auto& p : of) out += p.*field;
  return out;
}

/// Calls of on_metrics as a client makes them, where the test runs them.
struct hooked {
  std::vector<Metrics> told;
  std::vector<Task> posted;
  ClientOptions options{.client_id = "hooked", .on_metrics = [this](const Metrics& m) { told.push_back(m); }};
  api::metrics_hook hook{options, [this](Task task) { posted.push_back(std::move(task)); }};

  void measured(std::size_t topics) {
    client::measurements what;
    what.topics = topics;
    hook.measured(std::move(what));
  }
  void run() {
    for (auto& task : std::exchange(posted, {})) task();
  }
};

}  // namespace

TEST_CASE("what a producer and a consumer did with a broker is in their metrics") {
  const broker::Broker broker;
  constexpr std::size_t count = 1000;
  Producer producer(broker.address());
  for (std::size_t i = 0; i < count; ++i) producer.send({.topic = "m", .value = std::string(100, 'x')});
  REQUIRE(producer.flush());
  const auto sent = producer.metrics();
  CHECK(sent.kind == Metrics::Kind::producer);
  CHECK(sent.client_id == "klamm");
  REQUIRE(sent.producer);
  CHECK(!sent.consumer);
  CHECK(sent.producer->records_taken == count);
  CHECK(sent.producer->records_resolved == count);
  CHECK(sent.producer->records_failed == 0);
  CHECK(sent.producer->producer_id >= 0);
  const auto& produced = sent.producer->partitions;
  CHECK(sum(produced, &ProducerPartitionMetrics::records) == count);
  CHECK(sum(produced, &ProducerPartitionMetrics::acknowledged_records) == count);
  CHECK(sum(produced, &ProducerPartitionMetrics::waiting_records) == 0);
  CHECK(sum(produced, &ProducerPartitionMetrics::bytes) > 100 * count);
  CHECK(sent.traffic.bytes_sent > 100 * count);
  CHECK(sent.traffic.responses >= 1);
  CHECK(sent.traffic.responses <= sent.traffic.requests);
  CHECK(sent.metadata_age);
  const auto real = std::ranges::find_if(sent.brokers, [](const auto& b) { return b.node.value >= 0; });
  REQUIRE(real != sent.brokers.end());
  CHECK(real->address == broker.address());
  CHECK(real->requests.at("Produce") >= 1);
  CHECK(real->round_trip.recent >= 1);
  CHECK(real->round_trip.max > 0us);

  Consumer consumer(broker.address(), {.group_id = "g", .auto_offset_reset = earliest});
  consumer.subscribe({"m"});
  std::size_t read = 0;
  while (read < count)
    for (auto r : consumer.poll(forever)) read += r.value().size() == 100 ? 1 : 0;
  consumer.commit();
  const auto got = consumer.metrics();
  REQUIRE(got.consumer);
  CHECK(got.consumer->records == count);
  CHECK(got.consumer->in_group);
  CHECK(got.consumer->rebalances >= 1);
  CHECK(got.consumer->commits >= 1);
  CHECK(got.consumer->failed_commits == 0);
  CHECK(got.consumer->waiting_bytes == 0);
  CHECK(got.consumer->leased_bytes == 0);
  CHECK(got.consumer->fetch_latency.count == got.consumer->fetches);
  for (const auto& p : got.consumer->partitions) {
    CHECK(p.position == p.committed);
    if (p.records == 0) continue;  // its end may not have been told yet
    CHECK(p.position == p.high_watermark);
    CHECK(p.lag == 0);
  }
  CHECK(sum(got.consumer->partitions, &ConsumerPartitionMetrics::records) == count);

  CHECK(producer.close(30s));
  CHECK(producer.metrics().producer->records_resolved == count);  // a closed client still says what it did
  const Metrics both[] = {sent, got};
  CHECK(prometheus(both).find("klamm_consumer_records_total{client_id=\"klamm\",kind=\"consumer\"} 1000\n") !=
        std::string::npos);
  CHECK(nlohmann::json::parse(statistics_json(sent))["txmsgs"] == count);
}

TEST_CASE(
    "on_metrics is called on the application's executor while the client lives, and never once it is "
    "closed") {
  const broker::Broker broker;
  CallbackQueue queue;
  int told = 0;
  {
    Producer producer({.bootstrap_servers = broker.address(),
                       .callbacks = queue.executor(),
                       .on_metrics = [&](const Metrics& m) { told += m.producer ? 1 : 0; },
                       .metrics_interval = 1ms});
    while (told < 3) {
      pollfd ready{queue.fd(), POLLIN, 0};
      REQUIRE(::poll(&ready, 1, 30'000) == 1);
      queue.run_ready();
    }
    const auto before = told;
    // One may be posted when the client is closed: it is not told any more.
    CHECK(producer.close(30s));
    queue.run_ready();
    CHECK(told == before);
  }
  queue.run_ready();
}

TEST_CASE("without an interval on_metrics is never called; who asks is answered all the same") {
  CallbackQueue queue;
  const Consumer consumer({.bootstrap_servers = "127.0.0.1:1",
                           .callbacks = queue.executor(),
                           .on_metrics = [](const Metrics&) { FAIL("told"); },
                           .metrics_interval = 0ms});
  for (int i = 0; i < 100; ++i) CHECK(consumer.metrics().consumer);
  CHECK(queue.run_ready() == 0);
}

TEST_CASE("a client whose executor does not run says so in its time, not never") {
  asio::io_context io;
  const Producer producer({.bootstrap_servers = "127.0.0.1:1",
                           .api_timeout = 1ms,
                           .close_timeout = 0ms,
                           .io = io_executor(io.get_executor())});
  const auto none = producer.metrics(as_result);
  REQUIRE(!none);
  CHECK(none.error() == errc::timed_out);
}

TEST_CASE("one call is posted at a time; what is measured meanwhile is left out") {
  hooked f;
  f.measured(1);
  f.measured(2);
  CHECK(f.posted.size() == 1);
  f.run();
  REQUIRE(f.told.size() == 1);
  CHECK(f.told[0].metadata_topics == 1);
  CHECK(f.told[0].client_id == "hooked");
  f.measured(3);
  f.run();
  REQUIRE(f.told.size() == 2);
  CHECK(f.told[1].metadata_topics == 3);
}

TEST_CASE("what is posted when the client is closed tells nothing") {
  hooked f;
  f.measured(1);
  f.hook.over();
  f.run();
  CHECK(f.told.empty());
}

TEST_CASE("an exception of on_metrics goes to whoever runs it, and the next call comes") {
  hooked f;
  f.options.on_metrics = [&](const Metrics& m) {
    f.told.push_back(m);
    throw 7;
  };
  for (std::size_t i = 1; i <= 2; ++i) {
    f.measured(i);
    CHECK_THROWS_AS(f.run(), int);
    CHECK(f.told.size() == i);
  }
}

TEST_CASE("metrics_interval is checked, and is librdkafka's statistics.interval.ms") {
  api::option_set options{.client = {.bootstrap_servers = "x"}, .producer = {}, .consumer = {}};
  options.client.metrics_interval = -1ms;
  const auto faults = api::check_options(api::client_kind::admin, options);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].option == "metrics_interval");
  CHECK(faults[0].kafka_name == "statistics.interval.ms");
  const auto [client, producer] =
      ProducerOptions::from_properties({{"bootstrap.servers", "x"}, {"statistics.interval.ms", "0"}});
  CHECK(client.metrics_interval == 0ms);
  CHECK(ClientOptions().metrics_interval == 10s);
}

}  // namespace klamm
