#include "client/telemetry_metrics.hpp"

#include <algorithm>

namespace klamm::client {
namespace {

constexpr double microseconds_per_ms = 1000;

/// Metrics of one kind of client, if they are wanted.
class collector {
 public:
  collector(std::string_view prefix, const std::vector<std::string>& wanted)
      : prefix_(prefix), wanted_(wanted) {}

  void counter(std::string_view name, std::uint64_t value) {
    put(name, otlp::metric::kind::counter, static_cast<std::int64_t>(value), {});
  }
  void gauge(std::string_view name, std::variant<std::int64_t, double> value, otlp::attributes labels = {}) {
    put(name, otlp::metric::kind::gauge, value, std::move(labels));
  }
  /// In milliseconds; `unit` of them is one.
  void spread(const std::string& name, const distribution& of, double unit,
              const otlp::attributes& labels = {}) {
    if (of.recent == 0) return;
    gauge(name + ".avg", static_cast<double>(of.mean) / unit, labels);
    gauge(name + ".max", static_cast<double>(of.max) / unit, labels);
  }
  std::vector<otlp::metric> finish() { return std::move(out_); }

 private:
  void put(std::string_view name, otlp::metric::kind type, std::variant<std::int64_t, double> value,
           otlp::attributes labels) {
    auto whole = prefix_ + std::string(name);
    const bool asked = std::ranges::any_of(
        wanted_, [&](const auto& prefix) { return prefix == "*" || whole.starts_with(prefix); });
    if (asked) out_.push_back({std::move(whole), type, value, std::move(labels)});
  }

  const std::string prefix_;
  const std::vector<std::string>& wanted_;
  std::vector<otlp::metric> out_;
};

/// Of all brokers: the mean by the number of their samples.
distribution together(const std::vector<measured_broker>& brokers, distribution measured_broker::* part) {
  distribution out;
  std::uint64_t sum = 0;
  for (const auto& b : brokers) {
    out.recent += (b.*part).recent;
    out.max = std::max(out.max, (b.*part).max);
    sum += (b.*part).mean * (b.*part).recent;
  }
  if (out.recent > 0) out.mean = sum / out.recent;
  return out;
}

void put_connections(collector& to, const measurements& of, const counted_so_far& last, bool delta) {
  const auto since = of.brokers.traffic.connects - last.connects;
  to.counter("connection.creation.total", delta ? since : of.brokers.traffic.connects);
  const auto seconds = std::chrono::duration<double>(of.taken.steady - last.at.steady).count();
  if (seconds > 0) to.gauge("connection.creation.rate", static_cast<double>(since) / seconds);
}

}  // namespace

std::vector<otlp::metric> standard_metrics(const measurements& of, const counted_so_far& last, bool delta,
                                           const std::vector<std::string>& prefixes) {
  collector to(of.producer ? "org.apache.kafka.producer." : "org.apache.kafka.consumer.", prefixes);
  put_connections(to, of, last, delta);
  if (of.producer)
    to.spread("produce.throttle.time", together(of.brokers.each, &measured_broker::throttle), 1);
  if (of.consumer) {
    if (of.consumer->in_group)
      to.gauge("coordinator.assigned.partitions", static_cast<std::int64_t>(of.consumer->partitions.size()));
    to.spread("fetch.manager.fetch.latency", of.consumer->fetch_latency, microseconds_per_ms);
  }
  // Last, since there may be many: where a broker takes less, these are left out first.
  for (const auto& b : of.brokers.each)
    if (b.node.value >= 0)
      to.spread("node.request.latency", b.round_trip, microseconds_per_ms,
                {{"node_id", std::to_string(b.node.value)}});
  return to.finish();
}

otlp::attributes telemetry_labels(const core_options& of, const std::string& member_id) {
  otlp::attributes out;
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) out.emplace(key, value);
  };
  if (of.producer) put("transactional_id", of.producer->transactional_id);
  if (of.consumer) {
    put("client_rack", of.consumer->rack);
    put("group_id", of.consumer->group.group_id);
    put("group_instance_id", of.consumer->group.instance_id.value_or(""));
    put("group_member_id", member_id);
  }
  return out;
}

}  // namespace klamm::client
