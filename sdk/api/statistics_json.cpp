// A snapshot in the shape of librdkafka's statistics. Numbers come by the table of metrics; here are the objects that they stand in,
// and the texts.
#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "api/json_text.hpp"
#include "api/metric_table.hpp"

namespace klamm {
inline namespace v1 {
namespace {

using api::json_object;

/// The figures whose field begins with `prefix`; without one, those that are in no object of their own.
template <class Of>
void put(json_object& to, const api::metric_group<Of>& group, const Of& one, std::string_view prefix = {}) {
  for (const auto& what : group.figures) {
    const auto field = what.librdkafka;
    if (field.empty() || !field.starts_with(prefix)) continue;
    if (prefix.empty() && field.find('.') != std::string_view::npos) continue;
    to.put(field.substr(prefix.size()), what.value(one).value_or(what.unknown));
  }
  for (const auto& what : group.spreads) {
    if (what.librdkafka.empty() || !prefix.empty()) continue;
    const auto of = what.value(one);
    json_object window(to, what.librdkafka);
    const std::pair<std::string_view, std::uint64_t> fields[] = {
        {"min", of.min}, {"max", of.max}, {"avg", of.mean}, {"cnt", of.recent}, {"p50", of.p50},
        {"p75", of.p75}, {"p90", of.p90}, {"p95", of.p95},  {"p99", of.p99},    {"p99_99", of.p99_99}};
    for (const auto& [name, value] : fields) window.put(name, static_cast<std::int64_t>(value));
  }
}

template <class Partitions>
void put_toppars(json_object& broker, NodeId node, const Partitions& partitions) {
  json_object all(broker, "toppars");
  for (const auto& p : partitions) {
    if (p.leader != node) continue;
    json_object one(all, fmt::format("{}-{}", p.at.topic, p.at.partition.value));
    one.put("topic", p.at.topic);
    one.put("partition", p.at.partition.value);
  }
}

void put_broker(json_object& brokers, const Metrics& m, const BrokerMetrics& b) {
  const bool learned = b.node.value >= 0;
  const auto name = learned ? fmt::format("{}/{}", b.address, b.node.value) : b.address + "/bootstrap";
  json_object to(brokers, name);
  to.put("name", name);
  to.put("nodeid", learned ? b.node.value : -1);
  to.put("nodename", b.address);
  to.put("source", learned ? "learned" : "configured");
  to.put("state", b.connections > 0 ? "UP" : "DOWN");
  put(to, api::broker_group(), b);
  {
    json_object requests(to, "req");
    for (const auto& [api, count] : b.requests) requests.put(api, static_cast<std::int64_t>(count));
  }
  if (m.producer) put_toppars(to, b.node, m.producer->partitions);
  if (m.consumer) put_toppars(to, b.node, m.consumer->partitions);
}

std::string_view fetch_state(ConsumerPartitionMetrics::State state) {
  using enum ConsumerPartitionMetrics::State;
  switch (state) {
    case committed: return "offset-wait";
    case reset: return "offset-query";
    case validate: return "validate-epoch-wait";
    case fetch: return "active";
    case stopped: return "stopped";
  }
  return "none";
}

void put_partition(json_object& to, const ProducerPartitionMetrics& p) {
  put(to, api::producer_partition_group(), p);
}
/// librdkafka's lag is that of what is committed; -1 where it is not known.
std::int64_t committed_lag(const ConsumerPartitionMetrics& p) {
  if (!p.lag || p.position.value < 0 || p.committed.value < 0) return -1;
  return std::max<std::int64_t>(0, *p.lag + p.position.value - p.committed.value);
}

void put_partition(json_object& to, const ConsumerPartitionMetrics& p) {
  to.put("consumer_lag", committed_lag(p));
  to.put("fetch_state", fetch_state(p.state));
  put(to, api::consumer_partition_group(), p);
}

void put_topic_spreads(json_object& topic, const Metrics& m, std::string_view name) {
  if (!m.producer) return;
  for (const auto& t : m.producer->topics)
    if (t.topic == name) put(topic, api::producer_topic_group(), t);
}

/// `partitions` are in the order of their topics.
template <class Partitions>
void put_topics(json_object& to, const Metrics& m, const Partitions& partitions) {
  json_object topics(to, "topics");
  for (auto at = partitions.begin(); at != partitions.end();) {
    const auto& name = at->at.topic;
    json_object topic(topics, name);
    topic.put("topic", name);
    if (m.metadata_age) topic.put("metadata_age", m.metadata_age->count());
    put_topic_spreads(topic, m, name);
    json_object all(topic, "partitions");
    for (; at != partitions.end() && at->at.topic == name; ++at) {
      json_object one(all, std::to_string(at->at.partition.value));
      one.put("partition", at->at.partition.value);
      put_partition(one, *at);
    }
  }
}

void put_producer(json_object& to, const Metrics& m, const ProducerMetrics& p) {
  std::uint64_t records = 0, bytes = 0;
  for (const auto& one : p.partitions) {
    records += one.records;
    bytes += one.bytes;
  }
  to.put("txmsgs", static_cast<std::int64_t>(records));
  to.put("txmsg_bytes", static_cast<std::int64_t>(bytes));
  put(to, api::producer_group(), p);
  put_topics(to, m, p.partitions);
  json_object eos(to, "eos");
  eos.put("producer_id", p.producer_id);
  eos.put("producer_epoch", p.producer_epoch);
}

void put_consumer(json_object& to, const Metrics& m, const ConsumerMetrics& c) {
  put(to, api::consumer_group(), c);
  put_topics(to, m, c.partitions);
  if (!c.in_group) return;
  json_object group(to, "cgrp");
  put(group, api::consumer_group(), c, "cgrp.");
}

}  // namespace

std::string statistics_json(const Metrics& of) {
  std::string text;
  {
    const std::string_view type = of.consumer ? "consumer" : "producer";
    json_object to(text);
    to.put("name", fmt::format("{}#{}", of.client_id, type));
    to.put("client_id", of.client_id);
    to.put("type", type);
    to.put("ts", of.age.count());  // a clock that goes on evenly, as librdkafka's
    to.put("time", of.taken.time_since_epoch().count() / 1000);
    put(to, api::client_group(), of);
    {
      json_object brokers(to, "brokers");
      for (const auto& b : of.brokers) put_broker(brokers, of, b);
    }
    if (of.producer) put_producer(to, of, *of.producer);
    if (of.consumer) put_consumer(to, of, *of.consumer);
  }
  return text;
}

}  // namespace v1
}  // namespace klamm
