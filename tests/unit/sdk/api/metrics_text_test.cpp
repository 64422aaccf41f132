// A snapshot as text: Prometheus' read by a small parser of its format, librdkafka's by a JSON library.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <klamm/metrics.hpp>

#include "api/json_text.hpp"
#include "api/metric_table.hpp"

using namespace std::chrono_literals;

namespace klamm {
namespace {

using labels = std::map<std::string, std::string>;
using samples = std::map<std::pair<std::string, labels>, std::string>;

/// Prometheus' text format as its documentation has it: comments name a metric and its type, samples follow.
class exposition {
 public:
  explicit exposition(std::string_view text) {
    REQUIRE((text.empty() || text.back() == '\n'));
    while (!text.empty()) {
      const auto end = text.find('\n');
      line(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
  }
  const std::string* find(const std::string& name, const labels& of) const {
    const auto at = all_.find({name, of});
    return at == all_.end() ? nullptr : &at->second;
  }
  std::string value(const std::string& name, const labels& of) const {
    CAPTURE(name);
    const auto* found = find(name, of);
    REQUIRE(found);
    return *found;
  }
  std::string type(const std::string& name) const { return types_.at(name); }
  std::size_t count(const std::string& name) const {
    std::size_t out = 0;
    for (const auto& [key, value] : all_) out += key.first == name ? 1 : 0;
    return out;
  }

 private:
  void line(std::string_view text) {
    if (text.starts_with("# TYPE ")) {
      const auto rest = text.substr(7);
      const std::string name(rest.substr(0, rest.find(' ')));
      CHECK_MESSAGE(!types_.contains(name), name);  // all samples of a name are together
      current_ = name;
      types_[name] = rest.substr(rest.find(' ') + 1);
    } else if (text.starts_with("# HELP ")) {
      current_.clear();
    } else {
      sample(text);
    }
  }
  void sample(std::string_view text) {
    CAPTURE(text);
    const auto brace = text.find('{');
    REQUIRE(brace != std::string_view::npos);
    const std::string name(text.substr(0, brace));
    const bool part =
        types_.at(current_) == "summary" && (name == current_ + "_sum" || name == current_ + "_count");
    CHECK((name == current_ || part));
    labels of;
    auto rest = text.substr(brace + 1);
    while (!rest.starts_with('}')) {
      const auto equals = rest.find("=\"");
      REQUIRE(equals != std::string_view::npos);
      const std::string key(rest.substr(0, equals));
      rest.remove_prefix(equals + 2);
      CHECK(of.emplace(key, quoted(rest)).second);
      if (rest.starts_with(',')) rest.remove_prefix(1);
    }
    REQUIRE(rest.starts_with("} "));
    CHECK(all_.emplace(std::pair(name, of), rest.substr(2)).second);
  }
  /// Up to the quote that ends it.
  static std::string quoted(std::string_view& rest) {
    std::string out;
    for (; !rest.starts_with('"'); rest.remove_prefix(1)) {
      REQUIRE(!rest.empty());
      if (!rest.starts_with('\\')) {
        out += rest.front();
        continue;
      }
      rest.remove_prefix(1);
      REQUIRE((rest.front() == '\\' || rest.front() == '"' || rest.front() == 'n'));
      out += rest.front() == 'n' ? '\n' : rest.front();
    }
    rest.remove_prefix(1);
    return out;
  }

  samples all_;
  std::map<std::string, std::string> types_;
  std::string current_;
};

Latency latency() {
  return {.count = 5,
          .sum = 2'500'000us,
          .recent = 2,
          .min = 10us,
          .max = 30us,
          .mean = 20us,
          .p50 = 11us,
          .p75 = 12us,
          .p90 = 13us,
          .p95 = 14us,
          .p99 = 15us,
          .p99_99 = 16us};
}

Metrics of_producer() {
  Metrics m;
  m.client_id = "shop";
  m.taken = Timestamp(1'700'000'000'123ms);
  m.age = 1'500'000us;
  m.metadata_age = 250ms;
  m.metadata_topics = 3;
  m.traffic = {.requests = 12,
               .responses = 11,
               .unanswered = 1,
               .timed_out = 1,
               .bytes_sent = 1000,
               .bytes_received = 2000,
               .connects = 4,
               .disconnects = 2};
  m.brokers.push_back({.node = NodeId(-2), .address = "seed:9092", .connections = 0});
  m.brokers.push_back({.node = NodeId(1),
                       .address = "one:9092",
                       .connections = 2,
                       .in_flight = 3,
                       .waiting = 4,
                       .traffic = {.requests = 12, .bytes_sent = 999},
                       .requests = {{"Produce", 9}, {"Metadata", 3}},
                       .round_trip = latency(),
                       .throttle = {.count = 1, .sum = 40ms}});
  auto& p = m.producer.emplace();
  p.memory_used = 4096;
  p.memory_limit = 1 << 20;
  p.waiting_senders = 1;
  p.records_taken = 20;
  p.records_resolved = 15;
  p.records_failed = 2;
  p.producer_id = 77;
  p.producer_epoch = 3;
  p.topics.push_back(
      {.topic = "orders",
       .batch_bytes = {.count = 3, .sum = 900, .recent = 3, .min = 100, .max = 500, .mean = 300}});
  p.partitions.push_back({.at = {"orders", Partition(0)},
                          .leader = NodeId(1),
                          .waiting_records = 5,
                          .waiting_bytes = 600,
                          .in_flight_records = 7,
                          .records = 13,
                          .bytes = 700,
                          .batches = 3,
                          .acknowledged_records = 6,
                          .retries = 2,
                          .acknowledgement = latency()});
  p.partitions.push_back({.at = {"orders", Partition(1)}, .leader = NodeId(-1), .records = 4, .bytes = 50});
  p.partitions.push_back({.at = {"audit", Partition(0)}, .leader = NodeId(1)});
  return m;
}

Metrics of_consumer() {
  Metrics m;
  m.kind = Metrics::Kind::consumer;
  m.client_id = "shop";
  auto& c = m.consumer.emplace();
  c.fetches = 8;
  c.records = 300;
  c.bytes = 9000;
  c.rebalances = 2;
  c.since_rebalance = 1500ms;
  c.in_group = true;
  c.partitions.push_back({.at = {"orders", Partition(0)},
                          .leader = NodeId(1),
                          .state = ConsumerPartitionMetrics::State::fetch,
                          .fetching = Offset(30),
                          .position = Offset(20),
                          .committed = Offset(10),
                          .high_watermark = Offset(45),
                          .last_stable = Offset(44),
                          .log_start = Offset(0),
                          .lag = 25,
                          .waiting_records = 10,
                          .waiting_bytes = 640,
                          .records = 30,
                          .bytes = 1920});
  c.partitions.push_back({.at = {"orders", Partition(1)}, .state = ConsumerPartitionMetrics::State::reset});
  return m;
}

const labels producer{{"client_id", "shop"}, {"kind", "producer"}};
const labels consumer{{"client_id", "shop"}, {"kind", "consumer"}};

labels with(labels all, const labels& more) {
  all.insert(more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("Prometheus' text has every figure with its type, its labels and base units") {
  const exposition text(prometheus(of_producer()));
  const auto broker = with(producer, {{"broker", "one:9092"}, {"node", "1"}});
  const auto partition = with(producer, {{"topic", "orders"}, {"partition", "0"}});
  CHECK(text.value("klamm_client_requests_total", producer) == "12");
  CHECK(text.type("klamm_client_requests_total") == "counter");
  CHECK(text.value("klamm_client_age_seconds", producer) == "1.5");
  CHECK(text.value("klamm_client_metadata_age_seconds", producer) == "0.25");
  CHECK(text.value("klamm_broker_sent_bytes_total", broker) == "999");
  CHECK(text.value("klamm_broker_in_flight_requests", broker) == "3");
  CHECK(text.type("klamm_broker_in_flight_requests") == "gauge");
  CHECK(text.count("klamm_broker_connections") == 2);
  CHECK(text.value("klamm_broker_api_requests_total", with(broker, {{"api", "Produce"}})) == "9");
  CHECK(text.value("klamm_producer_memory_bytes", producer) == "4096");
  CHECK(text.value("klamm_producer_unresolved_records", producer) == "5");
  CHECK(text.value("klamm_producer_partition_waiting_bytes", partition) == "600");
  CHECK(text.value("klamm_producer_partition_retries_total", partition) == "2");
  CHECK(text.type("klamm_producer_partition_acknowledgement_seconds") == "summary");
  CHECK(text.count("klamm_consumer_records_total") == 0);
}

TEST_CASE(
    "a distribution is a summary: quantiles of the last minute, NaN without a sample, sum and count of all "
    "time") {
  const exposition text(prometheus(of_producer()));
  const auto broker = with(producer, {{"broker", "one:9092"}, {"node", "1"}});
  const std::string rtt = "klamm_broker_round_trip_seconds";
  CHECK(text.value(rtt, with(broker, {{"quantile", "0.5"}})) == "1.1e-05");
  CHECK(text.value(rtt, with(broker, {{"quantile", "0.9999"}})) == "1.6e-05");
  CHECK(text.value(rtt + "_sum", broker) == "2.5");
  CHECK(text.value(rtt + "_count", broker) == "5");
  CHECK(text.value("klamm_broker_throttle_seconds", with(broker, {{"quantile", "0.5"}})) == "NaN");
  CHECK(text.value("klamm_broker_throttle_seconds_sum", broker) == "0.04");
  CHECK(text.value("klamm_producer_topic_batch_bytes_sum", with(producer, {{"topic", "orders"}})) == "900");
}

TEST_CASE("what is not known is left out, not zero") {
  const exposition text(prometheus(of_consumer()));
  const auto known = with(consumer, {{"topic", "orders"}, {"partition", "0"}});
  CHECK(text.value("klamm_consumer_partition_lag", known) == "25");
  CHECK(text.count("klamm_consumer_partition_lag") == 1);
  CHECK(text.count("klamm_consumer_partition_position") == 1);
  CHECK(text.count("klamm_consumer_partition_records_total") == 2);
  CHECK(text.count("klamm_client_metadata_age_seconds") == 0);
  CHECK(text.value("klamm_consumer_since_rebalance_seconds", consumer) == "1.5");
}

TEST_CASE("label values may be anything, and come back as they were") {
  auto m = of_producer();
  m.client_id = "a\"b\\c\nd{e},f=\"\\n";
  const exposition text(prometheus(m));
  CHECK(text.value("klamm_client_requests_total", {{"client_id", m.client_id}, {"kind", "producer"}}) ==
        "12");
}

TEST_CASE("several clients are one valid text") {
  const Metrics both[] = {of_producer(), of_consumer()};
  const exposition text{prometheus(both)};
  CHECK(text.value("klamm_client_requests_total", producer) == "12");
  CHECK(text.value("klamm_client_requests_total", consumer) == "0");
  CHECK(text.value("klamm_consumer_records_total", consumer) == "300");
  CHECK(prometheus(std::span<const Metrics>()).empty());
}

TEST_CASE(
    "no two figures have one name in Prometheus, nor one field of an object in librdkafka's statistics") {
  std::set<std::string> names;
  const auto look = [&](const auto& group) {
    std::set<std::string_view> fields;
    const auto once = [&](const auto& row, bool counts) {
      const auto name = api::prometheus_name(group.object, row.name, row.unit, counts);
      CHECK_MESSAGE(names.insert(name).second, name);
      CHECK(!row.text.empty());
      if (!row.librdkafka.empty()) CHECK_MESSAGE(fields.insert(row.librdkafka).second, row.librdkafka);
    };
    for (const auto& row : group.figures) once(row, row.kind == api::figure_kind::counter);
    for (const auto& row : group.spreads) once(row, false);
  };
  look(api::client_group());
  look(api::broker_group());
  look(api::producer_group());
  look(api::producer_topic_group());
  look(api::producer_partition_group());
  look(api::consumer_group());
  look(api::consumer_partition_group());
}

TEST_CASE("a producer's statistics are JSON in librdkafka's shape") {
  const auto json = nlohmann::json::parse(statistics_json(of_producer()));
  CHECK(json["name"] == "shop#producer");
  CHECK(json["type"] == "producer");
  CHECK(json["time"] == 1'700'000'000);
  CHECK(json["ts"] == 1'500'000);
  CHECK(json["age"] == 1'500'000);
  CHECK(json["tx"] == 12);
  CHECK(json["rx_bytes"] == 2000);
  CHECK(json["msg_cnt"] == 5);
  CHECK(json["msg_size"] == 4096);
  CHECK(json["txmsgs"] == 17);
  CHECK(json["txmsg_bytes"] == 750);
  CHECK(json["metadata_cache_cnt"] == 3);
  const auto& broker = json["brokers"]["one:9092/1"];
  CHECK(broker["name"] == "one:9092/1");
  CHECK(broker["nodeid"] == 1);
  CHECK(broker["source"] == "learned");
  CHECK(broker["state"] == "UP");
  CHECK(broker["outbuf_cnt"] == 4);
  CHECK(broker["waitresp_cnt"] == 3);
  CHECK(broker["req"]["Produce"] == 9);
  CHECK(broker["rtt"]["p99"] == 15);
  CHECK(broker["rtt"]["avg"] == 20);
  CHECK(broker["rtt"]["cnt"] == 2);
  CHECK(broker["toppars"]["orders-0"]["topic"] == "orders");
  CHECK(broker["toppars"].size() == 2);
  const auto& seed = json["brokers"]["seed:9092/bootstrap"];
  CHECK(seed["nodeid"] == -1);
  CHECK(seed["state"] == "DOWN");
  CHECK(seed["source"] == "configured");
  const auto& orders = json["topics"]["orders"];
  CHECK(orders["metadata_age"] == 250);
  CHECK(orders["batchsize"]["max"] == 500);
  CHECK(orders["partitions"]["0"]["msgq_cnt"] == 5);
  CHECK(orders["partitions"]["0"]["txmsgs"] == 13);
  CHECK(orders["partitions"]["1"]["leader"] == -1);
  CHECK(json["topics"]["audit"]["partitions"].size() == 1);
  CHECK(json["eos"]["producer_id"] == 77);
  CHECK(!json.contains("cgrp"));
}

TEST_CASE("a consumer's statistics are JSON in librdkafka's shape, with its words for what is not known") {
  const auto json = nlohmann::json::parse(statistics_json(of_consumer()));
  CHECK(json["type"] == "consumer");
  CHECK(json["rxmsgs"] == 300);
  CHECK(json["cgrp"] ==
        nlohmann::json{{"rebalance_cnt", 2}, {"rebalance_age", 1500}, {"assignment_size", 2}});
  CHECK(!json.contains("cgrp.rebalance_cnt"));
  const auto& known = json["topics"]["orders"]["partitions"]["0"];
  CHECK(known["fetch_state"] == "active");
  CHECK(known["consumer_lag"] == 35);
  CHECK(known["consumer_lag_stored"] == 25);
  CHECK(known["app_offset"] == 20);
  CHECK(known["next_offset"] == 30);
  CHECK(known["committed_offset"] == 10);
  CHECK(known["hi_offset"] == 45);
  CHECK(known["fetchq_cnt"] == 10);
  const auto& unknown = json["topics"]["orders"]["partitions"]["1"];
  CHECK(unknown["fetch_state"] == "offset-query");
  CHECK(unknown["consumer_lag"] == -1);
  CHECK(unknown["app_offset"] == -1001);
}

TEST_CASE("JSON strings: what has to be escaped is, and what is no UTF-8 is replaced") {
  const std::string good = "a\"b\\c\n\t\x01\x7f \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80";
  CHECK(nlohmann::json::parse(api::json_string(good)) == good);
  const auto read = [](std::string_view text) {
    return nlohmann::json::parse(api::json_string(text)).get<std::string>();
  };
  CHECK(read("x\xffy") == "x\xef\xbf\xbdy");
  CHECK(read("\xc3") == "\xef\xbf\xbd");                  // ends early
  CHECK(read("\xc0\xaf") == "\xef\xbf\xbd\xef\xbf\xbd");  // longer than need be
  CHECK(read("\xed\xa0\x80").size() == 9);                // half of a surrogate pair
  CHECK(read("\xf4\x90\x80\x80").size() == 12);           // beyond U+10FFFF
  auto m = of_producer();
  m.client_id = "\xff\"";
  CHECK(nlohmann::json::parse(statistics_json(m))["client_id"] == "\xef\xbf\xbd\"");
}

}  // namespace klamm
