#include "api/metrics_convert.hpp"

#include <fmt/format.h>

#include "api/convert.hpp"
#include "link/api_set.hpp"

namespace klamm::api {
namespace {

template <class T>
Distribution<T> to_public(const client::distribution& d) {
  const auto as = [](std::uint64_t value) {
    if constexpr (requires { typename T::rep; })
      return T(static_cast<typename T::rep>(value));
    else
      return T(value);
  };
  return {.count = d.count,
          .sum = as(d.sum),
          .recent = d.recent,
          .min = as(d.min),
          .max = as(d.max),
          .mean = as(d.mean),
          .p50 = as(d.p50),
          .p75 = as(d.p75),
          .p90 = as(d.p90),
          .p95 = as(d.p95),
          .p99 = as(d.p99),
          .p99_99 = as(d.p99_99)};
}
using micros = std::chrono::microseconds;

std::optional<Millis> to_public(const std::optional<duration>& d) {
  return d ? std::optional(std::chrono::duration_cast<Millis>(*d)) : std::nullopt;
}

Traffic to_public(const client::traffic_counts& c) {
  return {.requests = c.requests,
          .responses = c.responses,
          .unanswered = c.unanswered,
          .timed_out = c.timed_out,
          .bytes_sent = c.bytes_sent,
          .bytes_received = c.bytes_received,
          .connects = c.connects,
          .disconnects = c.disconnects};
}

BrokerMetrics to_public(const client::measured_broker& b) {
  BrokerMetrics to{.node = NodeId(b.node.value),
                   .address = fmt::format("{}:{}", b.at.host, b.at.port),
                   .connections = b.connections,
                   .in_flight = b.in_flight,
                   .waiting = b.waiting,
                   .traffic = to_public(b.traffic),
                   .requests = {},
                   .round_trip = to_public<micros>(b.round_trip),
                   .throttle = to_public<Millis>(b.throttle)};
  for (const auto& [api, count] : b.requests) to.requests.emplace(link::name_of(api), count);
  return to;
}

ProducerPartitionMetrics to_public(const client::measured_production& p) {
  return {.at = api::to_public(p.at),
          .leader = NodeId(p.leader.value),
          .waiting_records = p.waiting_records,
          .waiting_bytes = p.waiting_bytes,
          .in_flight_records = p.in_flight_records,
          .in_flight_batches = p.in_flight_batches,
          .records = p.records,
          .bytes = p.bytes,
          .batches = p.batches,
          .acknowledged_records = p.acknowledged,
          .retries = p.retries,
          .splits = p.splits,
          .acknowledgement = to_public<micros>(p.acknowledgement)};
}

ProducerMetrics to_public(const client::measured_producer& p) {
  ProducerMetrics to{.memory_used = p.load.memory_used,
                     .memory_limit = p.load.memory_limit,
                     .waiting_senders = p.load.waiting_senders,
                     .records_taken = p.load.taken,
                     .records_resolved = p.load.resolved,
                     .records_failed = p.load.failed,
                     .producer_id = p.id.value,
                     .producer_epoch = p.epoch.value,
                     .topics = {},
                     .partitions = {}};
  for (const auto& t : p.topics)
    to.topics.push_back(
        {t.topic, to_public<std::uint64_t>(t.batch_bytes), to_public<std::uint64_t>(t.batch_records)});
  for (const auto& one : p.partitions) to.partitions.push_back(to_public(one));
  return to;
}

ConsumerPartitionMetrics to_public(const client::measured_consumption& p) {
  using enum ConsumerPartitionMetrics::State;
  constexpr ConsumerPartitionMetrics::State states[] = {committed, reset, validate, fetch, stopped};
  return {.at = api::to_public(p.at),
          .leader = NodeId(p.leader.value),
          .state = states[static_cast<int>(p.state)],
          .paused = p.paused,
          .fetching = Offset(p.fetching.value),
          .position = Offset(p.position.value),
          .committed = Offset(p.committed.value),
          .high_watermark = Offset(p.high_watermark.value),
          .last_stable = Offset(p.last_stable.value),
          .log_start = Offset(p.log_start.value),
          .lag = p.lag,
          .waiting_records = p.waiting_records,
          .waiting_bytes = p.waiting_bytes,
          .records = p.records,
          .bytes = p.bytes};
}

ConsumerMetrics to_public(const client::measured_consumer& c) {
  ConsumerMetrics to{.fetches = c.fetches,
                     .records = c.records,
                     .bytes = c.bytes,
                     .fetch_latency = to_public<micros>(c.fetch_latency),
                     .commits = c.commits,
                     .failed_commits = c.failed_commits,
                     .rebalances = c.rebalances,
                     .since_rebalance = to_public(c.since_rebalance),
                     .in_group = c.in_group,
                     .waiting_bytes = c.waiting_bytes,
                     .prefetch_limit = c.prefetch_limit,
                     .leased_bytes = c.leased_bytes,
                     .partitions = {}};
  for (const auto& one : c.partitions) to.partitions.push_back(to_public(one));
  return to;
}

}  // namespace

Metrics to_public(const client::measurements& what, const ClientOptions& of) {
  Metrics to{.kind = what.producer   ? Metrics::Kind::producer
                     : what.consumer ? Metrics::Kind::consumer
                                     : Metrics::Kind::admin,
             .client_id = of.client_id,
             .taken = Timestamp(Millis(what.taken.wall.value)),
             .age = std::chrono::duration_cast<micros>(what.age),
             .metadata_age = to_public(what.metadata_age),
             .metadata_topics = what.topics,
             .waiting = what.brokers.waiting,
             .traffic = to_public(what.brokers.traffic),
             .brokers = {},
             .producer = {},
             .consumer = {}};
  for (const auto& broker : what.brokers.each) to.brokers.push_back(to_public(broker));
  if (what.producer) to.producer = to_public(*what.producer);
  if (what.consumer) to.consumer = to_public(*what.consumer);
  return to;
}

}  // namespace klamm::api
