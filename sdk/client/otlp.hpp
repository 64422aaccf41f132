// Metrics as OpenTelemetry's protocol has them (opentelemetry-proto 1.x, metrics.proto): a MetricsData message of one resource, which is
// what PushTelemetry carries (KIP-714).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"

namespace klamm::client::otlp {

using attributes = std::map<std::string, std::string>;

/// One number.
struct metric {
  /// counter: a sum that only grows. gauge: what is so now.
  enum class kind : std::uint8_t { counter, gauge };

  std::string name;
  kind type = kind::gauge;
  std::variant<std::int64_t, double> value;
  attributes labels{};
};

/// What all of them share.
struct frame {
  attributes resource;
  /// When counters began: the client, or with `delta` the counting since the last push.
  timestamp since;
  timestamp taken;
  bool delta = false;
};

/// No metrics: no bytes.
std::vector<std::byte> encode(const frame& of, std::span<const metric> metrics);

}  // namespace klamm::client::otlp
