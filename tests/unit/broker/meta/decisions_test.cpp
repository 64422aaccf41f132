#include <doctest/doctest.h>

#include "broker/meta/config_decisions.hpp"
#include "broker/meta/image_builder.hpp"
#include "broker/meta/image_records.hpp"
#include "broker/meta/topic_decisions.hpp"
#include "tests/unit/counting_entropy.hpp"

using namespace klamm;
using namespace klamm::broker::meta;
using klamm::test::counting_entropy;

namespace {

/// A cluster with one live broker, and what was decided on it.
struct cluster_fixture {
  counting_entropy entropy;
  rng random{7};
  config_map own;
  image_builder state;

  cluster_fixture() {
    klamm::wire::register_broker_record broker;
    broker.broker_id = node_id(1);
    broker.fenced = false;
    state.replay(broker, offset(0), leader_epoch(1));
  }

  /// Decides and replays.
  template <class Request, class Response>
  Response run(Response (*how)(const Request&, decision&), const Request& request) {
    decision d(state.current(), own, node_id(1), entropy, random);
    auto response = how(request, d);
    texts = d.texts;
    decided = d.records.size();
    for (const auto& record : d.records) {
      const auto read = decode_record(keep.emplace_back(encode_record(record)));
      REQUIRE(read);
      state.replay(*read, offset(++at), leader_epoch(1));
    }
    return response;
  }
  error_code create(std::string_view name, std::int32_t partitions = 1, std::int16_t factor = 1) {
    klamm::wire::create_topics_request request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = partitions;
    topic.replication_factor = factor;
    return run(create_topics, request).topics.at(0).error_code;
  }
  error_code create_with(std::string_view key, std::optional<std::string_view> value) {
    klamm::wire::create_topics_request request;
    auto& topic = request.topics.emplace_back();
    topic.name = "configured";
    topic.num_partitions = -1;
    topic.replication_factor = -1;
    auto& config = topic.configs.emplace_back();
    config.name = key;
    config.value = value;
    return run(create_topics, request).topics.at(0).error_code;
  }

  error_code change(std::string_view topic, std::string_view key, std::int8_t operation,
                    std::optional<std::string_view> value) {
    klamm::wire::incremental_alter_configs_request request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 2;
    resource.resource_name = topic;
    auto& config = resource.configs.emplace_back();
    config.name = key;
    config.config_operation = operation;
    config.value = value;
    return run(incremental_alter_configs, request).responses.at(0).error_code;
  }

  std::shared_ptr<text_pool> texts;
  std::vector<std::vector<std::byte>> keep;
  std::size_t decided = 0;
  std::int64_t at = 0;
};

}  // namespace

TEST_CASE("a topic that may be made is made, with its partitions led by a live broker") {
  cluster_fixture f;
  CHECK(f.create("orders", 3) == error_code::none);
  const auto topic = f.state.current().topics->find("orders");
  REQUIRE(topic);
  CHECK(topic->partitions.size() == 3);
  CHECK(topic->partitions[2].leader == node_id(1));
  CHECK(f.state.current().topics->find(topic->id) == topic);
}

TEST_CASE("CreateTopics refuses as Kafka does") {
  cluster_fixture f;
  REQUIRE(f.create("a_b") == error_code::none);
  CHECK(f.create("a_b") == error_code::topic_already_exists);
  CHECK(f.create("a.b") == error_code::invalid_topic_exception);  // they would share their metrics' names
  CHECK(f.create("..") == error_code::invalid_topic_exception);
  CHECK(f.create("a/b") == error_code::invalid_topic_exception);
  CHECK(f.create(std::string(250, 'x')) == error_code::invalid_topic_exception);
  CHECK(f.create("__cluster_metadata") == error_code::invalid_request);
  CHECK(f.create("t", 0) == error_code::invalid_partitions);
  CHECK(f.create("t", 1, 2) == error_code::invalid_replication_factor);
  CHECK(f.create("t", 1, 0) == error_code::invalid_replication_factor);
  CHECK(f.create("t", 10'000) == error_code::policy_violation);         // records: one is the topic's own
  CHECK(f.create("t", 2'147'483'647) == error_code::policy_violation);  // and costs nothing: it is not placed
  CHECK(f.create_with("no.such.key", "1") == error_code::invalid_config);
  CHECK(f.create_with("retention.ms", "soon") == error_code::invalid_config);
  CHECK(f.create_with("retention.ms", "-2") == error_code::invalid_config);
  CHECK(f.create_with("retention.ms", std::nullopt) == error_code::invalid_config);
  CHECK(f.decided == 0);
}

TEST_CASE(
    "each name of a request is compared with the topics that are there by what it would be in a metric") {
  cluster_fixture f;
  for (const auto* const there : {"a_b", "a.b.c", "plain"}) REQUIRE(f.create(there) == error_code::none);
  klamm::wire::create_topics_request request;
  for (const auto* const name : {"a.b", "a_b_c", "a.c", "plain2"}) {
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = topic.replication_factor = 1;
  }
  const auto response = f.run(create_topics, request);
  REQUIRE(response.topics.size() == 4);
  CHECK(response.topics[0].error_message == "Topic 'a.b' collides with existing topic: a_b");
  CHECK(response.topics[1].error_message == "Topic 'a_b_c' collides with existing topic: a.b.c");
  CHECK(response.topics[2].error_code == error_code::none);
  CHECK(response.topics[3].error_code == error_code::none);
}

TEST_CASE("a name that stands twice in a request is refused, and answered once") {
  cluster_fixture f;
  klamm::wire::create_topics_request request;
  for (int i = 0; i < 2; ++i) {
    request.topics.emplace_back().name = "twice";
    request.topics.back().num_partitions = 1;
    request.topics.back().replication_factor = 1;
  }
  const auto response = f.run(create_topics, request);
  REQUIRE(response.topics.size() == 1);
  CHECK(response.topics[0].error_code == error_code::invalid_request);
  CHECK(f.decided == 0);
}

TEST_CASE("partitions can be added, never taken away") {
  cluster_fixture f;
  REQUIRE(f.create("orders", 2) == error_code::none);
  const auto grow = [&](std::int32_t count) {
    klamm::wire::create_partitions_request request;
    auto& topic = request.topics.emplace_back();
    topic.name = "orders";
    topic.count = count;
    topic.assignments = std::nullopt;
    return f.run(create_partitions, request).results.at(0).error_code;
  };
  CHECK(grow(2) == error_code::invalid_partitions);
  CHECK(grow(1) == error_code::invalid_partitions);
  CHECK(grow(5) == error_code::none);
  CHECK(f.state.current().topics->find("orders")->partitions.size() == 5);
}

TEST_CASE("a deleted topic is gone with its configuration") {
  cluster_fixture f;
  REQUIRE(f.create_with("retention.ms", "1000") == error_code::none);
  klamm::wire::delete_topics_request request;
  request.topic_names = {"configured", "unknown"};
  const auto response = f.run(delete_topics, request);
  CHECK(response.responses.at(0).error_code == error_code::none);
  CHECK(response.responses.at(1).error_code == error_code::unknown_topic_or_partition);
  CHECK_FALSE(f.state.current().topics->find("configured"));
  CHECK(f.state.current().configs->empty());
}

TEST_CASE("a list is appended to and subtracted from, a number is not") {
  cluster_fixture f;
  REQUIRE(f.create("orders") == error_code::none);
  const auto change = [&](auto... how) { return f.change("orders", how...); };
  const auto policy = [&] {
    return f.state.current().overrides({resource_type::topic, "orders"}).at("cleanup.policy");
  };
  CHECK(change("cleanup.policy", 2, "compact") == error_code::none);
  CHECK(policy() == "delete,compact");
  CHECK(change("cleanup.policy", 3, "delete") == error_code::none);
  CHECK(policy() == "compact");
  CHECK(change("cleanup.policy", 2, "compact,delete,delete") == error_code::none);
  CHECK(policy() == "compact,delete");
  CHECK(change("cleanup.policy", 3, "delete") == error_code::none);
  CHECK(change("cleanup.policy", 0, "shred") == error_code::invalid_config);
  CHECK(change("retention.ms", 2, "1") == error_code::invalid_config);
}

TEST_CASE("a list is edited as a whole, and grows no longer than a record can hold") {
  cluster_fixture f;
  REQUIRE(f.create("orders") == error_code::none);
  const std::string key = "leader.replication.throttled.replicas";
  const auto value = [&] { return f.state.current().overrides({resource_type::topic, "orders"}).at(key); };
  std::string all;
  for (int i = 0; i < 4000; ++i) all += (i ? "," : "") + std::to_string(i) + ":1";
  CHECK(f.change("orders", key, 2, all) == error_code::none);
  CHECK(value() == all);
  CHECK(f.change("orders", key, 2, all) == error_code::none);
  CHECK(value() == all);
  CHECK(f.change("orders", key, 3, all.substr(4)) == error_code::none);
  CHECK(value() == "0:1");
  std::string others;
  for (int i = 4000; i < 8000; ++i) others += "," + std::to_string(i) + ":1";
  REQUIRE(f.change("orders", key, 0, all) == error_code::none);
  CHECK(f.change("orders", key, 2, others) == error_code::invalid_config);
  CHECK(value() == all);
}

TEST_CASE("a configuration that is removed is gone, not set to nothing") {
  cluster_fixture f;
  REQUIRE(f.create("orders") == error_code::none);
  constexpr std::int8_t set = 0, remove = 1;
  REQUIRE(f.change("orders", "segment.bytes", set, "2000000") == error_code::none);
  REQUIRE(f.change("orders", "retention.ms", set, "1000") == error_code::none);
  const auto ours = [&] { return f.state.current().overrides({resource_type::topic, "orders"}); };
  SUBCASE("by name") {
    CHECK(f.change("orders", "retention.ms", set, std::nullopt) == error_code::invalid_request);
    CHECK(f.change("orders", "retention.ms", remove, std::nullopt) == error_code::none);
    CHECK(ours() == config_map{{"segment.bytes", "2000000"}});
    CHECK(f.change("orders", "segment.bytes", remove, std::nullopt) == error_code::none);
    CHECK(ours().empty());
  }
  SUBCASE("because all others are replaced") {
    klamm::wire::alter_configs_request request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 2;
    resource.resource_name = "orders";
    CHECK(f.run(alter_configs, request).responses.at(0).error_code == error_code::none);
    CHECK(ours().empty());
  }
}

TEST_CASE("an image is rebuilt from the records of its snapshot") {
  cluster_fixture f;
  REQUIRE(f.create("orders", 3) == error_code::none);
  REQUIRE(f.create_with("retention.ms", "1000") == error_code::none);
  image_builder rebuilt;
  for (const auto& record : encode_image(f.state.current())) {
    const auto read = decode_record(record);
    REQUIRE(read);
    rebuilt.replay(*read, offset(0), leader_epoch(1));
  }
  CHECK(rebuilt.current().topics->find("orders")->partitions ==
        f.state.current().topics->find("orders")->partitions);
  CHECK(*rebuilt.current().configs == *f.state.current().configs);
}

TEST_CASE("a published image does not change when the next is built") {
  cluster_fixture f;
  REQUIRE(f.create("orders", 1) == error_code::none);
  const auto before = f.state.publish();
  REQUIRE(f.create("more", 1) == error_code::none);
  CHECK_FALSE(before->topics->find("more"));
  CHECK(before->topics->find("orders") == f.state.current().topics->find("orders"));  // shared, not copied
}
