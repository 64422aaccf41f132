// Which standard metrics of KIP-714 come of a client's measurements.
#include "client/telemetry_metrics.hpp"

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::client;

namespace {

const std::vector<std::string> all{"*"};
constexpr time_point start{std::chrono::hours(1)};

/// What came when of samples: `mean` and `max`, of as many as `recent`.
distribution spread(std::uint64_t recent, std::uint64_t mean, std::uint64_t max) {
  distribution out;
  out.recent = recent;
  out.mean = mean;
  out.max = max;
  return out;
}

measurements of_a_minute() {
  measurements out;
  out.taken = {start + std::chrono::minutes(1), timestamp(60'000)};
  out.brokers.traffic.connects = 30;
  measured_broker seed, first, second;
  seed.node = node_id(-2);
  seed.round_trip = spread(1, 1000, 1000);
  first.node = node_id(1);
  first.round_trip = spread(4, 2500, 9000);
  first.throttle = spread(1, 400, 400);
  second.node = node_id(2);
  second.throttle = spread(3, 200, 300);
  out.brokers.each = {seed, first, second};
  return out;
}
measurements of_producer() {
  auto out = of_a_minute();
  out.producer.emplace();
  return out;
}
measurements of_consumer() {
  auto out = of_a_minute();
  out.consumer.emplace();
  out.consumer->in_group = true;
  out.consumer->fetch_latency = spread(2, 10'000, 20'500);
  out.consumer->partitions.resize(3);
  return out;
}

/// `name{labels}=value` of each, in order.
std::vector<std::string> lines(const std::vector<otlp::metric>& metrics) {
  std::vector<std::string> out;
  for (const auto& m : metrics) {
    auto line = m.name.substr(std::string_view("org.apache.kafka.").size());
    for (const auto& [key, value] : m.labels)
      line.append("{").append(key).append("=").append(value).append("}");
    const auto* whole = std::get_if<std::int64_t>(&m.value);
    auto value = whole ? std::to_string(*whole) : std::to_string(std::get<double>(m.value));
    out.push_back(line + "=" + value + (m.type == otlp::metric::kind::counter ? " counter" : ""));
  }
  return out;
}

}  // namespace

TEST_CASE("a producer's metrics: connections, throttling over all brokers, the latency of each by its node") {
  CHECK(lines(standard_metrics(of_producer(), {.at = {start, {}}}, false, all)) ==
        std::vector<std::string>{
            "producer.connection.creation.total=30 counter", "producer.connection.creation.rate=0.500000",
            "producer.produce.throttle.time.avg=250.000000", "producer.produce.throttle.time.max=400.000000",
            "producer.node.request.latency.avg{node_id=1}=2.500000",
            "producer.node.request.latency.max{node_id=1}=9.000000"});
}

TEST_CASE("a consumer's metrics: its share of the group, and how long fetches take") {
  auto of = of_consumer();
  CHECK(lines(standard_metrics(of, {.at = {start, {}}}, false, all)) ==
        std::vector<std::string>{"consumer.connection.creation.total=30 counter",
                                 "consumer.connection.creation.rate=0.500000",
                                 "consumer.coordinator.assigned.partitions=3",
                                 "consumer.fetch.manager.fetch.latency.avg=10.000000",
                                 "consumer.fetch.manager.fetch.latency.max=20.500000",
                                 "consumer.node.request.latency.avg{node_id=1}=2.500000",
                                 "consumer.node.request.latency.max{node_id=1}=9.000000"});
  of.consumer->in_group = false;
  const std::vector<std::string> coordinator{"org.apache.kafka.consumer.coordinator."};
  CHECK(standard_metrics(of, {}, false, coordinator).empty());
}

TEST_CASE("by delta a counter tells what came since the last time, and a rate is of that in either case") {
  const counted_so_far last{{start + std::chrono::seconds(40), {}}, 20};
  CHECK(lines(standard_metrics(of_producer(), last, true, all)).at(0) ==
        "producer.connection.creation.total=10 counter");
  CHECK(lines(standard_metrics(of_producer(), last, false, all)).at(0) ==
        "producer.connection.creation.total=30 counter");
  for (const bool delta : {true, false})
    CHECK(lines(standard_metrics(of_producer(), last, delta, all)).at(1) ==
          "producer.connection.creation.rate=0.500000");
}

TEST_CASE("only what begins with a name that the broker wants is told") {
  const auto told = [](const std::vector<std::string>& wanted) {
    return standard_metrics(of_producer(), {.at = {start, {}}}, false, wanted).size();
  };
  CHECK(told({"org.apache.kafka.producer.node."}) == 2);
  CHECK(told({"org.apache.kafka.producer.node.request.latency.max",
              "org.apache.kafka.producer.connection."}) == 3);
  CHECK(told({"org.apache.kafka.consumer."}) == 0);
  CHECK(told({""}) == told(all));
}

TEST_CASE("a client says of itself what the broker cannot know") {
  core_options of;
  of.producer.emplace().transactional_id = "t";
  CHECK(telemetry_labels(of, "") == otlp::attributes{{"transactional_id", "t"}});
  of.producer.reset();
  of.consumer.emplace();
  CHECK(telemetry_labels(of, "").empty());
  of.consumer->rack = "r";
  of.consumer->group.group_id = "g";
  of.consumer->group.instance_id = "i";
  CHECK(telemetry_labels(of, "m") ==
        otlp::attributes{
            {"client_rack", "r"}, {"group_id", "g"}, {"group_instance_id", "i"}, {"group_member_id", "m"}});
}
