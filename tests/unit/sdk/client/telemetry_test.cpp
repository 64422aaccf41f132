// Client telemetry as a conversation with brokers (KIP-714): what is asked, when metrics are pushed, and what ends it.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "one_partition.hpp"
#include "scripted_cluster.hpp"
#include "second.hpp"
#include "wire/compression.hpp"
#include "wire/messages/get_telemetry_subscriptions.hpp"
#include "wire/messages/push_telemetry.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

using subscription = wire::get_telemetry_subscriptions_response;
constexpr auto asks = wire::get_telemetry_subscriptions_request::api;
constexpr duration interval = 60 * second;
constexpr uuid given{{1, 2, 3}};
constexpr auto connections = "org.apache.kafka.producer.connection.creation.total";

struct push {
  time_point at;
  uuid id;
  std::int32_t subscription;
  bool terminating;
  wire::codec codec;
  std::string metrics;
};

/// A producer that is connected, and has nothing to send.
struct telemetry_script {
  explicit telemetry_script(bool listed = true, bool enabled = true)
      : cluster(options_with(enabled), nullptr, &source) {
    said.client_instance_id = given;
    said.subscription_id = 7;
    said.accepted_compression_types = {0};
    said.push_interval_ms = millis(60'000);
    said.telemetry_max_bytes = 1 << 20;
    said.requested_metrics = {"*"};
    if (!listed) hide_telemetry();
    cluster.answer<wire::get_telemetry_subscriptions_request>([this](const auto& request) {
      asked.push_back({cluster.now.steady, request.client_instance_id});
      return answers ? std::optional(said) : std::nullopt;
    });
    cluster.answer<wire::push_telemetry_request>([this](const auto& request) {
      pushes.push_back({cluster.now.steady, request.client_instance_id, request.subscription_id,
                        request.terminating, wire::codec(request.compression_type),
                        std::string(as_text(request.metrics))});
      wire::push_telemetry_response out;
      out.error_code = push_error;
      return answers ? std::optional(out) : std::nullopt;
    });
  }
  static core_options options_with(bool enabled) {
    core_options out;
    out.producer.emplace().idempotence = false;
    out.push_metrics = enabled;
    // The metadata are not asked for again meanwhile, which would mend connections.
    out.connection.metadata_max_age = std::chrono::hours(100);
    out.connection.idle_close = std::chrono::hours(100);
    return out;
  }
  void hide_telemetry() {
    cluster.answer<wire::api_versions_request>([](const auto&) {
      auto out = test::scripted_cluster::every_version();
      std::erase_if(out.api_keys, [](const auto& api) {
        return api.api_key == asks || api.api_key == wire::push_telemetry_request::api;
      });
      return out;
    });
  }
  void start() {
    cluster.core.start(cluster.now, cluster.out);
    cluster.settle();
  }
  /// The time from the last subscription to the first push behind it.
  duration first_push() {
    const auto before = pushes.size();
    const auto from = asked.back().first;
    while (pushes.size() == before) cluster.pass(second / 4);
    return pushes[before].at - from;
  }
  std::optional<result<uuid>> id_within(duration timeout) {
    std::optional<result<uuid>> told;
    cluster.core.client_instance_id(
        timeout, [&](result<uuid> came) { told = came; }, cluster.now, cluster.out);
    cluster.settle();
    if (!told) cluster.pass(timeout);
    return told;
  }
  /// When the close was done, from now.
  duration close(duration deadline) {
    const auto from = cluster.now.steady;
    bool done = false;
    cluster.core.close(
        after(from, deadline), [&](result<close_report>) { done = true; }, cluster.now, cluster.out);
    cluster.settle();
    while (!done && cluster.now.steady < from + deadline) cluster.pass(second / 10);
    CHECK(done);
    return cluster.now.steady - from;
  }

  test::one_partition source;
  test::scripted_cluster cluster;
  subscription said;
  error_code push_error = error_code::none;
  bool answers = true;
  std::vector<std::pair<time_point, uuid>> asked;
  std::vector<push> pushes;
};

}  // namespace

TEST_CASE("brokers that do not list telemetry hear nothing of it, and give no id") {
  telemetry_script f(false);
  f.start();
  f.cluster.pass(std::chrono::hours(1));
  CHECK(f.asked.empty());
  CHECK(f.pushes.empty());
  CHECK(f.id_within(second)->code() == error_code::unsupported_version);
}

TEST_CASE("a client that is told not to push says nothing, though the broker would listen") {
  telemetry_script f(true, false);
  f.start();
  f.cluster.pass(std::chrono::hours(1));
  CHECK(f.asked.empty());
  CHECK(f.id_within(second)->code() == error_code::invalid_options);
}

TEST_CASE("metrics are pushed at the broker's interval, under the id and the subscription that it gave") {
  telemetry_script f;
  f.start();
  REQUIRE(f.asked.size() == 1);
  CHECK(f.asked[0].second.is_zero());
  CHECK(f.pushes.empty());
  f.first_push();
  f.cluster.pass(3 * interval);
  REQUIRE(f.pushes.size() == 4);
  CHECK(f.asked.size() == 1);
  for (std::size_t i = 1; i < 4; ++i) CHECK(f.pushes[i].at - f.pushes[i - 1].at == interval);
  for (const auto& p : f.pushes) {
    CHECK(p.id == given);
    CHECK(p.subscription == 7);
    CHECK_FALSE(p.terminating);
    CHECK(p.codec == wire::codec::none);
    CHECK(p.metrics.find(connections) != std::string::npos);
  }
}

TEST_CASE("the first push behind a subscription comes after half to one and a half intervals") {
  telemetry_script f;
  f.push_error = error_code::unknown_subscription_id;
  f.start();
  std::vector<duration> waits;
  for (int i = 0; i < 50; ++i) waits.push_back(f.first_push());
  CHECK(f.asked.size() == 51);
  CHECK(*std::ranges::min_element(waits) >= interval / 2);
  CHECK(*std::ranges::max_element(waits) <= interval * 3 / 2);
  CHECK(*std::ranges::min_element(waits) < interval * 3 / 4);
  CHECK(*std::ranges::max_element(waits) > interval * 5 / 4);
  CHECK(f.asked.back().second == given);
}

TEST_CASE("where no metrics are wanted none are pushed, and the broker is asked again after its interval") {
  telemetry_script f;
  f.said.requested_metrics.clear();
  f.start();
  f.cluster.pass(interval - second);
  CHECK(f.asked.size() == 1);
  f.cluster.pass(2 * second);
  CHECK(f.asked.size() == 2);
  f.cluster.pass(10 * interval);
  CHECK(f.pushes.empty());
  CHECK(f.close(10 * second) == duration::zero());
  CHECK(f.pushes.empty());
}

TEST_CASE("a subscription that has changed, or a codec that is none any more, is asked for at once") {
  for (const auto code : {error_code::unknown_subscription_id, error_code::unsupported_compression_type}) {
    telemetry_script f;
    f.push_error = code;
    f.start();
    f.first_push();
    REQUIRE(f.asked.size() == 2);
    CHECK(f.asked[1].first == f.pushes[0].at);
  }
}

TEST_CASE("what is too much for the broker is followed by a subscription after the interval") {
  for (const auto code : {error_code::telemetry_too_large, error_code::throttling_quota_exceeded}) {
    telemetry_script f;
    f.push_error = code;
    f.start();
    f.first_push();
    f.cluster.pass(2 * interval);
    REQUIRE(f.asked.size() >= 2);
    CHECK(f.asked[1].first - f.pushes[0].at == interval);
  }
}

TEST_CASE("what would be refused again is not said again, by push or by question") {
  for (const auto code : {error_code::invalid_record, error_code::invalid_request,
                          error_code::unsupported_version, error_code::unknown_server_error}) {
    telemetry_script f;
    f.push_error = code;
    f.start();
    f.first_push();
    f.cluster.pass(std::chrono::hours(1));
    CHECK(f.asked.size() == 1);
    CHECK(f.pushes.size() == 1);

    telemetry_script g;
    g.said.error_code = code;
    g.said.client_instance_id = {};
    g.start();
    g.cluster.pass(std::chrono::hours(1));
    CHECK(g.asked.size() == 1);
    CHECK(g.pushes.empty());
    CHECK(g.id_within(second)->code() == code);
  }
}

TEST_CASE("a broker that refuses its subscription is not asked in a hot loop") {
  for (const auto code : {error_code::unknown_subscription_id, error_code::throttling_quota_exceeded}) {
    telemetry_script f;
    f.said.error_code = code;
    f.start();
    f.cluster.pass(10 * interval);
    CHECK(f.asked.size() == 11);
  }
}

TEST_CASE("intervals that are none are five minutes, and very short ones a tenth of a second") {
  telemetry_script f;
  f.said.requested_metrics.clear();
  f.said.push_interval_ms = millis(0);
  f.start();
  f.said.push_interval_ms = millis(1);
  f.cluster.pass(std::chrono::minutes(5));
  REQUIRE(f.asked.size() == 2);
  CHECK(f.asked[1].first - f.asked[0].first == std::chrono::minutes(5));
  f.cluster.pass(second);
  CHECK(f.asked.size() == 12);
}

TEST_CASE(
    "without an answer the subscription is asked for five minutes later, on another connection if need be") {
  telemetry_script f;
  f.start();
  f.answers = false;
  f.first_push();
  f.cluster.cut();
  f.answers = true;
  f.cluster.core.want_topic("a", f.cluster.now, f.cluster.out);
  f.cluster.pass(std::chrono::minutes(5) + second);
  REQUIRE(f.asked.size() == 2);
  CHECK(f.asked[1].first - f.pushes[0].at >= std::chrono::minutes(5));
  f.first_push();
}

TEST_CASE("a client that is closed pushes a last time, and says that it is the last") {
  telemetry_script f;
  f.start();
  CHECK(f.close(10 * second) == duration::zero());
  REQUIRE(f.pushes.size() == 1);
  CHECK(f.pushes[0].terminating);
  CHECK(f.pushes[0].metrics.find(connections) != std::string::npos);
}

TEST_CASE("the last push does not wait for the one before, and a close for neither longer than a second") {
  telemetry_script f;
  f.start();
  f.answers = false;
  f.first_push();
  const auto took = f.close(10 * second);
  REQUIRE(f.pushes.size() == 2);
  CHECK(f.pushes[1].terminating);
  CHECK(took == second);
}

TEST_CASE("the last push is over with its own answer, not with the one before, or with its connection") {
  for (const bool lost : {false, true}) {
    telemetry_script f;
    f.start();
    f.answers = false;
    f.first_push();
    bool done = false;
    f.cluster.core.close(
        after(f.cluster.now.steady, 10 * second), [&](result<close_report>) { done = true; }, f.cluster.now,
        f.cluster.out);
    f.cluster.settle();
    REQUIRE(f.cluster.held.size() == 2);
    f.cluster.reply(f.cluster.held[0], wire::push_telemetry_response());
    f.cluster.settle();
    CHECK_FALSE(done);
    if (lost)
      f.cluster.cut();
    else
      f.cluster.reply(f.cluster.held[1], wire::push_telemetry_response());
    f.cluster.settle();
    CHECK(done);
  }
}

TEST_CASE("a close waits for no broker that is not there") {
  telemetry_script f;
  f.start();
  f.cluster.reachable = false;
  f.cluster.cut();
  CHECK(f.close(10 * second) == duration::zero());
  CHECK(f.pushes.empty());
}

TEST_CASE("what is left of a close is enough for a last push, or there is none") {
  telemetry_script f;
  f.start();
  f.answers = false;
  CHECK(f.close(second / 2) == second / 2);
}

TEST_CASE("no more is pushed than the broker takes: the first metrics, or none") {
  telemetry_script whole;
  whole.start();
  whole.first_push();
  const auto size = static_cast<std::int32_t>(whole.pushes[0].metrics.size());
  for (const auto most : {size, size - 1, 0, -1}) {
    telemetry_script f;
    f.said.telemetry_max_bytes = most;
    f.start();
    f.first_push();
    const auto& pushed = f.pushes[0].metrics;
    CHECK(static_cast<std::int32_t>(pushed.size()) <= std::max(most, 0));
    CHECK((pushed == whole.pushes[0].metrics) == (most == size));
    if (most == size - 1) CHECK(pushed.find(connections) != std::string::npos);
  }
}

TEST_CASE("metrics are compressed by the first codec of the broker's that there is") {
  telemetry_script plain;
  plain.start();
  plain.first_push();
  for (const auto codec : {wire::codec::gzip, wire::codec::snappy, wire::codec::lz4, wire::codec::zstd}) {
    telemetry_script f;
    f.said.accepted_compression_types = {99, static_cast<std::int8_t>(codec), 0};
    f.start();
    f.first_push();
    CHECK(f.pushes[0].codec == codec);
    const auto unpacked = wire::compressor().decompress(codec, as_bytes_view(f.pushes[0].metrics), 1 << 20);
    REQUIRE(unpacked);
    CHECK(as_text(unpacked->view()) == plain.pushes[0].metrics);
  }
  telemetry_script none;
  none.said.accepted_compression_types = {99, -1};
  none.start();
  none.first_push();
  CHECK(none.pushes[0].codec == wire::codec::none);
}

TEST_CASE("by delta nothing that was counted is lost with a push that was refused") {
  // Behind the two fields of time in a data point stands the count.
  const auto counted = [](const push& p) {
    const auto point = p.metrics.find(connections) + std::string_view(connections).size() + 4;
    std::int64_t count = 0;
    std::memcpy(&count, p.metrics.data() + point + 19, sizeof count);
    return count;
  };
  telemetry_script f;
  f.said.delta_temporality = true;
  f.push_error = error_code::throttling_quota_exceeded;
  f.start();
  f.first_push();
  const auto first = counted(f.pushes[0]);
  CHECK(first > 0);
  f.push_error = error_code::none;
  f.first_push();
  CHECK(counted(f.pushes[1]) == first);
  f.first_push();
  CHECK(counted(f.pushes[2]) == 0);
}

TEST_CASE("the id is told when the broker has given it, and not waited for longer than asked") {
  telemetry_script f;
  f.answers = false;
  f.start();
  CHECK(f.id_within(second)->code() == error_code::timed_out);
  std::optional<result<uuid>> told;
  f.cluster.core.client_instance_id(
      interval, [&](result<uuid> came) { told = came; }, f.cluster.now, f.cluster.out);
  CHECK_FALSE(told);
  f.cluster.reply(f.cluster.held.at(0), f.said);
  f.cluster.settle();
  REQUIRE(told);
  CHECK(**told == given);
  CHECK(**f.id_within(second) == given);
}

TEST_CASE("who waits for an id is told that the client was closed") {
  telemetry_script f;
  f.answers = false;
  f.start();
  std::optional<result<uuid>> told;
  f.cluster.core.client_instance_id(
      interval, [&](result<uuid> came) { told = came; }, f.cluster.now, f.cluster.out);
  f.close(second);
  REQUIRE(told);
  CHECK(told->code() == error_code::closed);
  CHECK(f.id_within(second)->code() == error_code::closed);
}
