#include "api/metric_table.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <fmt/format.h>

namespace klamm::api {
namespace {

using enum figure_kind;
using unit = figure_unit;
using number = std::optional<std::int64_t>;

number whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }
number offset_of(Offset at) { return at.value < 0 ? number() : at.value; }

std::uint64_t plain(std::uint64_t value) { return value; }
template <class Rep, class Period>
std::uint64_t plain(std::chrono::duration<Rep, Period> value) {
  return static_cast<std::uint64_t>(value.count());
}
template <class T>
plain_spread plain(const Distribution<T>& of) {
  return {of.count,      plain(of.sum), of.recent,     plain(of.min), plain(of.max), plain(of.mean),
          plain(of.p50), plain(of.p75), plain(of.p90), plain(of.p95), plain(of.p99), plain(of.p99_99)};
}

constexpr figure<Metrics> client_figures[] = {
    {"age", gauge, unit::microseconds, "since the client was made", "", "age",
     [](const Metrics& m) -> number { return m.age.count(); }},
    {"metadata_age", gauge, unit::milliseconds, "since a broker described the cluster", "metadata-age", "",
     [](const Metrics& m) { return m.metadata_age ? number(m.metadata_age->count()) : number(); }},
    {"metadata_topics", gauge, unit::none, "topics that the client knows", "", "metadata_cache_cnt",
     [](const Metrics& m) { return whole(m.metadata_topics); }},
    {"waiting_requests", gauge, unit::none, "requests for any broker that found none yet", "", "",
     [](const Metrics& m) { return whole(m.waiting); }},
    {"requests", counter, unit::none, "sent to all brokers", "request-total", "tx",
     [](const Metrics& m) { return whole(m.traffic.requests); }},
    {"responses", counter, unit::none, "received from all brokers", "response-total", "rx",
     [](const Metrics& m) { return whole(m.traffic.responses); }},
    {"unanswered_requests", counter, unit::none, "sent, and the answer will not come", "", "",
     [](const Metrics& m) { return whole(m.traffic.unanswered); }},
    {"sent", counter, unit::bytes, "to all brokers, before encryption", "outgoing-byte-total", "tx_bytes",
     [](const Metrics& m) { return whole(m.traffic.bytes_sent); }},
    {"received", counter, unit::bytes, "from all brokers", "incoming-byte-total", "rx_bytes",
     [](const Metrics& m) { return whole(m.traffic.bytes_received); }},
    {"connects", counter, unit::none, "attempts to connect", "connection-creation-total", "",
     [](const Metrics& m) { return whole(m.traffic.connects); }},
    {"disconnects", counter, unit::none, "attempts that failed and connections that were lost", "", "",
     [](const Metrics& m) { return whole(m.traffic.disconnects); }},
};

constexpr figure<BrokerMetrics> broker_figures[] = {
    {"connections", gauge, unit::none, "connections that are ready", "connection-count", "",
     [](const BrokerMetrics& b) { return whole(b.connections); }},
    {"in_flight_requests", gauge, unit::none, "without an answer so far", "requests-in-flight",
     "waitresp_cnt", [](const BrokerMetrics& b) { return whole(b.in_flight); }},
    {"waiting_requests", gauge, unit::none, "that are not sent yet", "", "outbuf_cnt",
     [](const BrokerMetrics& b) { return whole(b.waiting); }},
    {"requests", counter, unit::none, "without those that open a connection", "request-total", "tx",
     [](const BrokerMetrics& b) { return whole(b.traffic.requests); }},
    {"responses", counter, unit::none, "answers to the requests", "response-total", "rx",
     [](const BrokerMetrics& b) { return whole(b.traffic.responses); }},
    {"unanswered_requests", counter, unit::none, "sent, and the answer will not come", "", "",
     [](const BrokerMetrics& b) { return whole(b.traffic.unanswered); }},
    {"timed_out_requests", counter, unit::none, "unanswered for request_timeout", "", "req_timeouts",
     [](const BrokerMetrics& b) { return whole(b.traffic.timed_out); }},
    {"sent", counter, unit::bytes, "before encryption", "outgoing-byte-total", "txbytes",
     [](const BrokerMetrics& b) { return whole(b.traffic.bytes_sent); }},
    {"received", counter, unit::bytes, "after decryption", "incoming-byte-total", "rxbytes",
     [](const BrokerMetrics& b) { return whole(b.traffic.bytes_received); }},
    {"connects", counter, unit::none, "attempts to connect", "connection-creation-total", "connects",
     [](const BrokerMetrics& b) { return whole(b.traffic.connects); }},
    {"disconnects", counter, unit::none, "attempts that failed and connections that were lost", "",
     "disconnects", [](const BrokerMetrics& b) { return whole(b.traffic.disconnects); }},
};
constexpr spread<BrokerMetrics> broker_spreads[] = {
    {"round_trip", unit::microseconds, "request to answer, without fetches and what a group sends",
     "request-latency-avg", "rtt", [](const BrokerMetrics& b) { return plain(b.round_trip); }},
    {"throttle", unit::milliseconds, "silence that an answer to Produce or Fetch asked for (KIP-219)", "",
     "throttle", [](const BrokerMetrics& b) { return plain(b.throttle); }},
};

constexpr figure<ProducerMetrics> producer_figures[] = {
    {"memory", gauge, unit::bytes, "of records that are not resolved", "", "msg_size",
     [](const ProducerMetrics& p) { return whole(p.memory_used); }},
    {"memory_limit", gauge, unit::bytes, "buffer_memory", "buffer-total-bytes", "msg_size_max",
     [](const ProducerMetrics& p) { return whole(p.memory_limit); }},
    {"waiting_senders", gauge, unit::none, "threads that wait for memory", "waiting-threads", "",
     [](const ProducerMetrics& p) { return whole(p.waiting_senders); }},
    {"unresolved_records", gauge, unit::none, "taken, and neither stored nor failed", "", "msg_cnt",
     [](const ProducerMetrics& p) {
       return whole(p.records_taken - std::min(p.records_taken, p.records_resolved));
     }},
    {"taken_records", counter, unit::none, "from the application", "", "",
     [](const ProducerMetrics& p) { return whole(p.records_taken); }},
    {"resolved_records", counter, unit::none, "stored or failed", "", "",
     [](const ProducerMetrics& p) { return whole(p.records_resolved); }},
    {"failed_records", counter, unit::none, "that were not stored", "", "",
     [](const ProducerMetrics& p) { return whole(p.records_failed); }},
};

using produced_topic = ProducerTopicMetrics;
constexpr spread<produced_topic> producer_topic_spreads[] = {
    {"batch", unit::bytes, "a batch, compressed", "batch-size-avg", "batchsize",
     [](const produced_topic& t) { return plain(t.batch_bytes); }},
    {"batch_records", unit::none, "records in a batch", "", "batchcnt",
     [](const produced_topic& t) { return plain(t.batch_records); }},
};

using produced = ProducerPartitionMetrics;
constexpr figure<produced> producer_partition_figures[] = {
    {"leader", gauge, unit::none, "node id; -1: none is known", "", "leader",
     [](const produced& p) -> number { return p.leader.value; }},
    {"waiting_records", gauge, unit::none, "taken and not on their way", "", "msgq_cnt",
     [](const produced& p) { return whole(p.waiting_records); }},
    {"waiting", gauge, unit::bytes, "that these take", "", "msgq_bytes",
     [](const produced& p) { return whole(p.waiting_bytes); }},
    {"in_flight_records", gauge, unit::none, "on their way, or waiting to be tried again", "",
     "msgs_inflight", [](const produced& p) { return whole(p.in_flight_records); }},
    {"in_flight_batches", gauge, unit::none, "batches on their way, or waiting to be tried again", "", "",
     [](const produced& p) { return whole(p.in_flight_batches); }},
    {"records", counter, unit::none, "that went on their way, each counted once", "record-send-total",
     "txmsgs", [](const produced& p) { return whole(p.records); }},
    {"sent", counter, unit::bytes, "in batches, compressed, each counted once", "byte-total", "txbytes",
     [](const produced& p) { return whole(p.bytes); }},
    {"batches", counter, unit::none, "that went on their way", "", "",
     [](const produced& p) { return whole(p.batches); }},
    {"acknowledged_records", counter, unit::none, "that are stored; with acks=0, that were sent", "", "",
     [](const produced& p) { return whole(p.acknowledged_records); }},
    {"retries", counter, unit::none, "batches that were sent again", "", "",
     [](const produced& p) { return whole(p.retries); }},
    {"splits", counter, unit::none, "batches that were too large for the broker", "batch-split-total", "",
     [](const produced& p) { return whole(p.splits); }},
};
constexpr spread<produced> producer_partition_spreads[] = {
    {"acknowledgement", unit::microseconds, "a batch's first record to its acknowledgement", "", "",
     [](const produced& p) { return plain(p.acknowledgement); }},
};

constexpr figure<ConsumerMetrics> consumer_figures[] = {
    {"fetches", counter, unit::none, "that were answered", "fetch-total", "",
     [](const ConsumerMetrics& c) { return whole(c.fetches); }},
    {"records", counter, unit::none, "fetched for the application", "records-consumed-total", "rxmsgs",
     [](const ConsumerMetrics& c) { return whole(c.records); }},
    {"received", counter, unit::bytes, "in batches, compressed", "bytes-consumed-total", "rxmsg_bytes",
     [](const ConsumerMetrics& c) { return whole(c.bytes); }},
    {"commits", counter, unit::none, "that were answered", "commit-total", "",
     [](const ConsumerMetrics& c) { return whole(c.commits); }},
    {"failed_commits", counter, unit::none, "commits that failed, in part or in whole", "", "",
     [](const ConsumerMetrics& c) { return whole(c.failed_commits); }},
    {"rebalances", counter, unit::none, "changes of what the group assigns", "", "cgrp.rebalance_cnt",
     [](const ConsumerMetrics& c) { return whole(c.rebalances); }},
    {"since_rebalance", gauge, unit::milliseconds, "since the group last changed the assignment",
     "last-rebalance-seconds-ago", "cgrp.rebalance_age",
     [](const ConsumerMetrics& c) {
       return c.since_rebalance ? number(c.since_rebalance->count()) : number();
     },
     0},
    {"assigned_partitions", gauge, unit::none, "by the group or by hand", "assigned-partitions",
     "cgrp.assignment_size", [](const ConsumerMetrics& c) { return whole(c.partitions.size()); }},
    {"prefetch", gauge, unit::bytes, "fetched and not handed out", "", "",
     [](const ConsumerMetrics& c) { return whole(c.waiting_bytes); }},
    {"prefetch_limit", gauge, unit::bytes, "prefetch", "", "",
     [](const ConsumerMetrics& c) { return whole(c.prefetch_limit); }},
    {"leased", gauge, unit::bytes, "handed out, to polls whose records still live", "", "",
     [](const ConsumerMetrics& c) { return whole(c.leased_bytes); }},
};
constexpr spread<ConsumerMetrics> consumer_spreads[] = {
    {"fetch_latency", unit::microseconds, "a fetch to its answer, which waits for records",
     "fetch-latency-avg", "", [](const ConsumerMetrics& c) { return plain(c.fetch_latency); }},
};

using consumed = ConsumerPartitionMetrics;
constexpr std::int64_t no_offset = -1001;  // librdkafka's
constexpr figure<consumed> consumer_partition_figures[] = {
    {"leader", gauge, unit::none, "node id; -1: none is known", "", "leader",
     [](const consumed& p) -> number { return p.leader.value; }},
    {"lag", gauge, unit::none, "offsets between the position and the end", "records-lag",
     "consumer_lag_stored", [](const consumed& p) { return p.lag; }},
    {"fetch_offset", gauge, unit::none, "the next one to ask for", "", "next_offset",
     [](const consumed& p) { return offset_of(p.fetching); }, no_offset},
    {"position", gauge, unit::none, "the first offset that no loop has passed", "", "app_offset",
     [](const consumed& p) { return offset_of(p.position); }, no_offset},
    {"committed_offset", gauge, unit::none, "the next one to read, as committed", "", "committed_offset",
     [](const consumed& p) { return offset_of(p.committed); }, no_offset},
    {"log_start_offset", gauge, unit::none, "as last fetched", "", "lo_offset",
     [](const consumed& p) { return offset_of(p.log_start); }, no_offset},
    {"high_watermark", gauge, unit::none, "as last fetched", "", "hi_offset",
     [](const consumed& p) { return offset_of(p.high_watermark); }, no_offset},
    {"last_stable_offset", gauge, unit::none, "as last fetched", "", "ls_offset",
     [](const consumed& p) { return offset_of(p.last_stable); }, no_offset},
    {"prefetched_records", gauge, unit::none, "fetched and not handed out", "", "fetchq_cnt",
     [](const consumed& p) { return whole(p.waiting_records); }},
    {"prefetched", gauge, unit::bytes, "that these take, compressed", "", "fetchq_size",
     [](const consumed& p) { return whole(p.waiting_bytes); }},
    {"records", counter, unit::none, "fetched since the assignment", "", "rxmsgs",
     [](const consumed& p) { return whole(p.records); }},
    {"received", counter, unit::bytes, "in their batches", "", "rxbytes",
     [](const consumed& p) { return whole(p.bytes); }},
    {"paused", gauge, unit::none, "1: handed out only after a resume", "", "",
     [](const consumed& p) -> number { return p.paused ? 1 : 0; }},
};

}  // namespace

const metric_group<Metrics>& client_group() {
  static constexpr metric_group<Metrics> all{"client", "A client: `Metrics`", client_figures, {}};
  return all;
}
const metric_group<BrokerMetrics>& broker_group() {
  static constexpr metric_group<BrokerMetrics> all{"broker", "A broker: `BrokerMetrics`", broker_figures,
                                                   broker_spreads};
  return all;
}
const metric_group<ProducerMetrics>& producer_group() {
  static constexpr metric_group<ProducerMetrics> all{
      "producer", "A producer: `ProducerMetrics`", producer_figures, {}};
  return all;
}
const metric_group<ProducerTopicMetrics>& producer_topic_group() {
  static constexpr metric_group<ProducerTopicMetrics> all{
      "producer_topic", "A producer's topic: `ProducerTopicMetrics`", {}, producer_topic_spreads};
  return all;
}
const metric_group<ProducerPartitionMetrics>& producer_partition_group() {
  static constexpr metric_group<ProducerPartitionMetrics> all{
      "producer_partition", "A producer's partition: `ProducerPartitionMetrics`", producer_partition_figures,
      producer_partition_spreads};
  return all;
}
const metric_group<ConsumerMetrics>& consumer_group() {
  static constexpr metric_group<ConsumerMetrics> all{"consumer", "A consumer: `ConsumerMetrics`",
                                                     consumer_figures, consumer_spreads};
  return all;
}
const metric_group<ConsumerPartitionMetrics>& consumer_partition_group() {
  static constexpr metric_group<ConsumerPartitionMetrics> all{
      "consumer_partition",
      "A consumer's partition: `ConsumerPartitionMetrics`",
      consumer_partition_figures,
      {}};
  return all;
}

std::string prometheus_name(std::string_view object, std::string_view name, figure_unit of, bool counts) {
  constexpr std::string_view endings[] = {"", "_bytes", "_seconds", "_seconds"};
  return fmt::format("klamm_{}_{}{}{}", object, name, endings[static_cast<int>(of)], counts ? "_total" : "");
}

}  // namespace klamm::api
