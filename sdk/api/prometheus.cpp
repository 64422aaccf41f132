// Prometheus' text format, version 0.0.4: all samples of one name together, below their HELP and TYPE.
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "api/metric_table.hpp"

namespace klamm {
inline namespace v1 {
namespace {

using api::figure_kind;
using api::figure_unit;

std::string_view name_of(Metrics::Kind kind) {
  return kind == Metrics::Kind::producer   ? "producer"
         : kind == Metrics::Kind::consumer ? "consumer"
                                           : "admin";
}

/// `key="value"`, where a value may be anything.
std::string label(std::string_view key, std::string_view value) {
  std::string out = fmt::format("{}=\"", key);
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out + '"';
}
std::string label(const TopicPartition& at) {
  return fmt::format(",{},partition=\"{}\"", label("topic", at.topic), at.partition.value);
}

/// Objects of one type, each with what tells it from the others.
template <class Of>
using labelled = std::vector<std::pair<std::string, const Of*>>;

void put_head(std::string& to, std::string_view name, std::string_view type, std::string_view text) {
  fmt::format_to(std::back_inserter(to), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, text);
}

void put_value(std::string& to, std::int64_t value, figure_unit unit) {
  const double parts = unit == figure_unit::microseconds ? 1e6 : unit == figure_unit::milliseconds ? 1e3 : 0;
  if (parts > 0)
    fmt::format_to(std::back_inserter(to), " {}\n", static_cast<double>(value) / parts);
  else
    fmt::format_to(std::back_inserter(to), " {}\n", value);
}

template <class Of>
void put(std::string& to, std::string_view object, const api::figure<Of>& what, const labelled<Of>& all) {
  const bool counts = what.kind == figure_kind::counter;
  const auto name = api::prometheus_name(object, what.name, what.unit, counts);
  bool first = true;
  for (const auto& [labels, one] : all) {
    const auto value = what.value(*one);
    if (!value) continue;
    if (std::exchange(first, false)) put_head(to, name, counts ? "counter" : "gauge", what.text);
    fmt::format_to(std::back_inserter(to), "{}{{{}}}", name, labels);
    put_value(to, *value, what.unit);
  }
}

template <class Of>
void put(std::string& to, std::string_view object, const api::spread<Of>& what, const labelled<Of>& all) {
  const auto name = api::prometheus_name(object, what.name, what.unit, false);
  if (!all.empty()) put_head(to, name, "summary", what.text);
  for (const auto& [labels, one] : all) {
    const auto of = what.value(*one);
    const std::pair<std::string_view, std::uint64_t> quantiles[] = {{"0.5", of.p50},  {"0.75", of.p75},
                                                                    {"0.9", of.p90},  {"0.95", of.p95},
                                                                    {"0.99", of.p99}, {"0.9999", of.p99_99}};
    for (const auto& [quantile, value] : quantiles) {
      fmt::format_to(std::back_inserter(to), "{}{{{},quantile=\"{}\"}}", name, labels, quantile);
      if (of.recent == 0)
        to += " NaN\n";
      else
        put_value(to, static_cast<std::int64_t>(value), what.unit);
    }
    fmt::format_to(std::back_inserter(to), "{}_sum{{{}}}", name, labels);
    put_value(to, static_cast<std::int64_t>(of.sum), what.unit);
    fmt::format_to(std::back_inserter(to), "{}_count{{{}}} {}\n", name, labels, of.count);
  }
}

template <class Of>
void put(std::string& to, const api::metric_group<Of>& group, const labelled<Of>& all) {
  for (const auto& what : group.figures) put(to, group.object, what, all);
  for (const auto& what : group.spreads) put(to, group.object, what, all);
}

/// Every object of all clients.
struct objects {
  explicit objects(std::span<const Metrics> all) {
    for (const auto& m : all) add(m);
  }
  void add(const Metrics& m) {
    const auto client = fmt::format("{},kind=\"{}\"", label("client_id", m.client_id), name_of(m.kind));
    clients.emplace_back(client, &m);
    for (const auto& b : m.brokers)
      brokers.emplace_back(fmt::format("{},{},node=\"{}\"", client, label("broker", b.address), b.node.value),
                           &b);
    if (m.producer) {
      producers.emplace_back(client, &*m.producer);
      for (const auto& t : m.producer->topics)
        topics.emplace_back(fmt::format("{},{}", client, label("topic", t.topic)), &t);
      for (const auto& p : m.producer->partitions) produced.emplace_back(client + label(p.at), &p);
    }
    if (m.consumer) {
      consumers.emplace_back(client, &*m.consumer);
      for (const auto& p : m.consumer->partitions) consumed.emplace_back(client + label(p.at), &p);
    }
  }

  labelled<Metrics> clients;
  labelled<BrokerMetrics> brokers;
  labelled<ProducerMetrics> producers;
  labelled<ProducerTopicMetrics> topics;
  labelled<ProducerPartitionMetrics> produced;
  labelled<ConsumerMetrics> consumers;
  labelled<ConsumerPartitionMetrics> consumed;
};

/// By API: what no row of the table says, having a label more.
void put_requests(std::string& to, const labelled<BrokerMetrics>& brokers) {
  constexpr std::string_view name = "klamm_broker_api_requests_total";
  if (!brokers.empty()) put_head(to, name, "counter", "requests of each API");
  for (const auto& [labels, broker] : brokers)
    for (const auto& [api, count] : broker->requests)
      fmt::format_to(std::back_inserter(to), "{}{{{},{}}} {}\n", name, labels, label("api", api), count);
}

}  // namespace

std::string prometheus(std::span<const Metrics> of) {
  const objects all(of);
  std::string out;
  put(out, api::client_group(), all.clients);
  put(out, api::broker_group(), all.brokers);
  put_requests(out, all.brokers);
  put(out, api::producer_group(), all.producers);
  put(out, api::producer_topic_group(), all.topics);
  put(out, api::producer_partition_group(), all.produced);
  put(out, api::consumer_group(), all.consumers);
  put(out, api::consumer_partition_group(), all.consumed);
  return out;
}

std::string prometheus(const Metrics& of) { return prometheus(std::span(&of, 1)); }

}  // namespace v1
}  // namespace klamm
