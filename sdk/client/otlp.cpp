#include "client/otlp.hpp"

#include "wire/protobuf_writer.hpp"

namespace klamm::client::otlp {
namespace {

using wire::protobuf_writer;

// Fields by their numbers in opentelemetry/proto/{metrics,common,resource}/v1.
namespace metrics_data {
constexpr std::uint32_t resource_metrics = 1;
}
namespace resource_metrics {
constexpr std::uint32_t resource = 1, scope_metrics = 2;
}
namespace resource {
constexpr std::uint32_t attributes = 1;
}
namespace scope_metrics {
constexpr std::uint32_t metrics = 2;
}
namespace metric_fields {
constexpr std::uint32_t name = 1, gauge = 5, sum = 7;
}
namespace gauge {
constexpr std::uint32_t data_points = 1;
}
namespace sum {
constexpr std::uint32_t data_points = 1, temporality = 2, is_monotonic = 3;
constexpr std::uint64_t delta = 1, cumulative = 2;
}  // namespace sum
namespace data_point {
constexpr std::uint32_t start_time = 2, time = 3, as_double = 4, as_int = 6, attributes = 7;
}
namespace key_value {
constexpr std::uint32_t key = 1, value = 2, string_value = 1;
}

std::uint64_t nanoseconds(timestamp at) { return static_cast<std::uint64_t>(at.value) * 1'000'000; }

void put_attributes(protobuf_writer& to, std::uint32_t field, const attributes& all) {
  for (const auto& [key, text] : all) {
    protobuf_writer value;
    value.put_string(key_value::string_value, text);
    protobuf_writer pair;
    pair.put_string(key_value::key, key);
    pair.put_message(key_value::value, value);
    to.put_message(field, pair);
  }
}

protobuf_writer data_point_of(const frame& of, const metric& m) {
  protobuf_writer out;
  if (m.type == metric::kind::counter) out.put_fixed64(data_point::start_time, nanoseconds(of.since));
  out.put_fixed64(data_point::time, nanoseconds(of.taken));
  if (const auto* whole = std::get_if<std::int64_t>(&m.value))
    out.put_fixed64(data_point::as_int, static_cast<std::uint64_t>(*whole));
  else
    out.put_double(data_point::as_double, std::get<double>(m.value));
  put_attributes(out, data_point::attributes, m.labels);
  return out;
}

protobuf_writer metric_of(const frame& of, const metric& m) {
  protobuf_writer out;
  out.put_string(metric_fields::name, m.name);
  protobuf_writer data;
  if (m.type == metric::kind::gauge) {
    data.put_message(gauge::data_points, data_point_of(of, m));
    out.put_message(metric_fields::gauge, data);
  } else {
    data.put_message(sum::data_points, data_point_of(of, m));
    data.put_uint(sum::temporality, of.delta ? sum::delta : sum::cumulative);
    data.put_uint(sum::is_monotonic, 1);
    out.put_message(metric_fields::sum, data);
  }
  return out;
}

}  // namespace

std::vector<std::byte> encode(const frame& of, std::span<const metric> metrics) {
  if (metrics.empty()) return {};
  protobuf_writer who;
  put_attributes(who, resource::attributes, of.resource);
  protobuf_writer scope;
  for (const auto& m : metrics) scope.put_message(scope_metrics::metrics, metric_of(of, m));
  protobuf_writer all;
  all.put_message(resource_metrics::resource, who);
  all.put_message(resource_metrics::scope_metrics, scope);
  protobuf_writer out;
  out.put_message(metrics_data::resource_metrics, all);
  return out.finish();
}

}  // namespace klamm::client::otlp
