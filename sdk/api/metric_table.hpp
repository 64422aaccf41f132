// The table of metrics: the one place that knows what each figure is called, by us and by others, and what it says. The texts of
// Prometheus and of librdkafka's statistics, and docs/metrics.md, are made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <klamm/metrics.hpp>

namespace klamm::api {

enum class figure_kind : std::uint8_t { counter, gauge };
/// What the number counts. Prometheus has times in seconds.
enum class figure_unit : std::uint8_t { none, bytes, microseconds, milliseconds };

/// One number of each object of a type.
template <class Of>
struct figure {
  /// Prometheus': behind "klamm_" and the word for its object, before the unit and "_total".
  std::string_view name;
  figure_kind kind;
  figure_unit unit;
  std::string_view text;
  /// The Java client's metric of the same meaning, if there is one, and librdkafka's field.
  std::string_view kafka, librdkafka;
  /// Nothing: not known now.
  std::optional<std::int64_t> (*value)(const Of&);
  /// What librdkafka's field says where it is not known.
  std::int64_t unknown = -1;
};

/// A distribution in whole numbers of its unit.
struct plain_spread {
  std::uint64_t count, sum, recent, min, max, mean, p50, p75, p90, p95, p99, p99_99;
};
template <class Of>
struct spread {
  std::string_view name;
  figure_unit unit;
  std::string_view text;
  std::string_view kafka, librdkafka;
  plain_spread (*value)(const Of&);
};

/// What is said of objects of one type. `object` stands in Prometheus' names.
template <class Of>
struct metric_group {
  std::string_view object, title;
  std::span<const figure<Of>> figures;
  std::span<const spread<Of>> spreads;
};

const metric_group<Metrics>& client_group();
const metric_group<BrokerMetrics>& broker_group();
const metric_group<ProducerMetrics>& producer_group();
const metric_group<ProducerTopicMetrics>& producer_topic_group();
const metric_group<ProducerPartitionMetrics>& producer_partition_group();
const metric_group<ConsumerMetrics>& consumer_group();
const metric_group<ConsumerPartitionMetrics>& consumer_partition_group();

/// The whole name in Prometheus' manner.
std::string prometheus_name(std::string_view object, std::string_view name, figure_unit unit, bool counts);

}  // namespace klamm::api
