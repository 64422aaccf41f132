#include "broker/api/dispatch.hpp"

#include <optional>

#include <doctest/doctest.h>

#include "broker/log/disk_port.hpp"
#include "broker/log/log_environment.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/fetch.hpp"
#include "wire/messages/heartbeat.hpp"
#include "wire/messages/produce.hpp"
#include "wire/messages/sasl_authenticate.hpp"
#include "wire/messages/sasl_handshake.hpp"
#include "wire/messages/vote.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::api;

namespace {

class no_groups final : public group_directory {
  result<group::group_coordinator*> coordinator_of(std::string_view) override {
    return {error_code::not_coordinator};
  }
  std::vector<group::group_coordinator*> coordinators() override { return {}; }
};

class no_controller final : public controller_channel {
  void forward(request, send_response) override {}
  void create(std::shared_ptr<meta::topic_creation>, unique_function<void()>) override {}
};

class no_producer_ids final : public producer_id_source {
  void next(unique_function<void(result<producer_id>)>) override {}
};

class no_entropy final : public entropy_source {
  void fill(mutable_bytes) override {}
};

/// A node that leads nothing and knows of no topic.
struct bare_node {
  /// The answer of the handler: what the connection is given to send, or why it has to close.
  template <class Request>
  result<byte_chain> send(const Request& request, api_version version) {
    wire::writer to;
    wire::encode(to, request, version);
    auto body = buffer_slice::own(to.finish().flatten());
    std::optional<result<byte_chain>> answer;
    const auto taken = dispatch({Request::api, {version, "test", {}, {}}, body, body}, node,
                                [&](result<byte_chain> sent) { answer = std::move(sent); });
    REQUIRE(taken.has_value());
    REQUIRE(answer.has_value());
    return *std::move(answer);
  }
  template <class Request>
  typename Request::response ask(const Request& request, api_version version) {
    auto sent = send(request, version);
    REQUIRE(sent.has_value());
    frame = buffer_slice::own(sent->flatten());
    typename Request::response response;
    wire::reader from(frame);
    wire::decode(from, response, version);
    REQUIRE(from.ok());
    return response;
  }

  buffer_slice frame;  // of the last response, which looks into it
  instant now{{}, timestamp(1000)};
  rng random{1};
  no_entropy entropy;
  link::reply_memory memory{1 << 30};
  log::disk_port port;
  log::tail_memory tail{1 << 20};
  wire::compressor contexts;
  log::log_environment logs{port, tail, contexts, silent_log(), random, nullptr};
  replica::replicas replicas{logs, now, entropy, {}};
  replica::fetches fetches{replicas, memory, {}, rng(2)};
  meta::config_map own;
  meta::image_ptr image = std::make_shared<meta::image>();
  no_controller controller;
  no_groups groups;
  no_producer_ids producer_ids;
  timers clockwork;
  services node{node_id(1), "cluster", own,        {},     now,          image,    replicas,
                fetches,    contexts,  controller, groups, producer_ids, clockwork};
};

wire::produce_request produce_to_nowhere(std::int16_t acks) {
  wire::produce_request request;
  request.acks = acks;
  auto& topic = request.topic_data.emplace_back();
  topic.name = "orders";
  topic.partition_data.emplace_back().index = partition_id(0);
  return request;
}

}  // namespace

TEST_CASE("what acks=1 is told, acks=0 learns by a closed connection") {
  bare_node broker;
  const auto told = broker.ask(produce_to_nowhere(1), 7);
  CHECK(told.responses[0].partition_responses[0].error_code == error_code::unknown_topic_or_partition);
  const auto untold = broker.send(produce_to_nowhere(0), 7);
  CHECK(untold.code() == error_code::unknown_topic_or_partition);
  CHECK(untold.failure().message.find("orders-0") != std::string::npos);
}

TEST_CASE("acks=0 of nothing has no answer and keeps its connection") {
  bare_node broker;
  wire::produce_request request;
  request.acks = 0;
  const auto sent = broker.send(request, 7);
  REQUIRE(sent.has_value());
  CHECK(sent->empty());
}

TEST_CASE("authentication that nobody asked for is ILLEGAL_SASL_STATE") {
  bare_node broker;
  wire::sasl_handshake_request handshake;
  handshake.mechanism = "PLAIN";
  CHECK(broker.ask(handshake, 1).error_code == error_code::illegal_sasl_state);
  const auto refused = broker.ask(wire::sasl_authenticate_request(), 2);
  CHECK(refused.error_code == error_code::illegal_sasl_state);
  CHECK(refused.error_message.has_value());
}

TEST_CASE("a key or a version that is not served is UNSUPPORTED_VERSION, and nobody is asked") {
  bare_node broker;
  const auto refusal = [&](wire::api_key key, api_version version) {
    bool answered = false;
    const auto taken = dispatch({key, {version, "test", {}, {}}, {}, {}}, broker.node,
                                [&](const result<byte_chain>&) { answered = true; });
    CHECK(!answered);
    return taken.code();
  };
  constexpr auto unsupported = error_code::unsupported_version;
  CHECK(refusal(static_cast<wire::api_key>(9999), 0) == unsupported);
  CHECK(refusal(static_cast<wire::api_key>(-1), 0) == unsupported);
  CHECK(refusal(wire::vote_request::api, 0) == unsupported);  // the controller listener's
  const auto heartbeats = wire::heartbeat_request::versions;
  CHECK(refusal(wire::heartbeat_request::api, heartbeats.max + 1) == unsupported);
  CHECK(refusal(wire::heartbeat_request::api, heartbeats.min - 1) == unsupported);
  CHECK(refusal(wire::produce_request::api, 0) == unsupported);  // advertised for librdkafka, not taken
}

TEST_CASE("a body that does not decode says where, and closes the connection") {
  bare_node broker;
  wire::writer to;
  wire::heartbeat_request request;
  request.group_id = "billing";
  wire::encode(to, request, 0);
  auto bytes = to.finish().flatten();
  bytes.resize(bytes.size() - 1);
  const auto body = buffer_slice::own(std::move(bytes));
  const auto taken = dispatch({wire::heartbeat_request::api, {0, "test", {}, {}}, body, body}, broker.node,
                              [](const result<byte_chain>&) { FAIL("it was not read"); });
  CHECK(taken.code() == error_code::invalid_request);
  CHECK(taken.failure().message.find("member_id at byte") != std::string::npos);
}

TEST_CASE("ApiVersions lists what is served by rising key, Produce from version 0 (KAFKA-18659)") {
  bare_node broker;
  wire::api_versions_request request;
  request.client_software_name = "test";
  request.client_software_version = "1.0";
  const auto answer = broker.ask(request, 3);
  CHECK(answer.error_code == error_code::none);
  REQUIRE(answer.api_keys.size() == served_apis().size());
  CHECK(answer.api_keys[0].api_key == wire::produce_request::api);
  CHECK(answer.api_keys[0].min_version == 0);
  for (std::size_t i = 1; i < answer.api_keys.size(); ++i) {
    CHECK(answer.api_keys[i - 1].api_key < answer.api_keys[i].api_key);
    CHECK(client_listener().of(answer.api_keys[i].api_key).max == answer.api_keys[i].max_version);
  }
}

TEST_CASE("ApiVersions refuses a client's name that KIP-511 does not allow, from version 3 on") {
  bare_node broker;
  wire::api_versions_request request;
  request.client_software_version = "1.0";
  for (const auto* bad : {"", "-test", "test.", "te st"}) {
    CAPTURE(bad);
    request.client_software_name = bad;
    CHECK(broker.ask(request, 3).error_code == error_code::invalid_request);
  }
  CHECK(broker.ask(wire::api_versions_request(), 2).error_code == error_code::none);
}
