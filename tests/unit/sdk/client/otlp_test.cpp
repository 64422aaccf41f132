// Metrics in OpenTelemetry's form, byte for byte what its own classes write (opentelemetry-proto 1.45 for Python).
#include "client/otlp.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace klamm;
using namespace klamm::client;

namespace {

std::string hex_of(const std::vector<std::byte>& bytes) {
  std::string out;
  for (const auto b : bytes) out += fmt::format("{:02x}", std::to_integer<int>(b));
  return out;
}

}  // namespace

TEST_CASE("a counter and two gauges of a resource are what OpenTelemetry's own classes make of them") {
  const otlp::frame frame{{{"group_id", "g"}, {"client_rack", "r"}},
                          timestamp(1'700'000'000'000),
                          timestamp(1'700'000'060'000),
                          true};
  using enum otlp::metric::kind;
  const std::vector<otlp::metric> metrics{
      {"org.apache.kafka.producer.connection.creation.total", counter, 300, {}},
      {"org.apache.kafka.producer.connection.creation.rate", gauge, 2.5, {}},
      {"n", gauge, -1, {{"node_id", "1"}}}};
  CHECK(hex_of(otlp::encode(frame, metrics)) ==
        "0afb010a250a120a0b636c69656e745f7261636b12030a01720a0f0a0867726f75705f696412030a016712d10112580a"
        "336f72672e6170616368652e6b61666b612e70726f64756365722e636f6e6e656374696f6e2e6372656174696f6e2e74"
        "6f74616c3a210a1b1100002a36fe9c9717190058712e0c9d9717312c0100000000000010011801124a0a326f72672e61"
        "70616368652e6b61666b612e70726f64756365722e636f6e6e656374696f6e2e6372656174696f6e2e726174652a140a"
        "12190058712e0c9d971721000000000000044012290a016e2a240a22190058712e0c9d971731ffffffffffffffff3a0e"
        "0a076e6f64655f696412030a0131");
}

TEST_CASE("without delta temporality a sum is cumulative; without metrics there is nothing to send") {
  otlp::frame frame{{}, timestamp(0), timestamp(0), false};
  const otlp::metric one{"n", otlp::metric::kind::counter, 1, {}};
  const auto cumulative = hex_of(otlp::encode(frame, {&one, 1}));
  CHECK(cumulative.ends_with("10021801"));
  frame.delta = true;
  CHECK(hex_of(otlp::encode(frame, {&one, 1})).ends_with("10011801"));
  CHECK(otlp::encode(frame, {}).empty());
}
