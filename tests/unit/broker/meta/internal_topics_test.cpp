#include "broker/meta/internal_topics.hpp"

#include <map>

#include <doctest/doctest.h>

#include "broker/meta/topic_creation.hpp"
#include "broker/meta/topic_name.hpp"
#include "tests/unit/broker/meta/meta_cluster.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

wire::create_topics_response create(meta_cluster& c, std::string_view name, std::int16_t factor = -1) {
  wire::create_topics_request request;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = 6;
  topic.replication_factor = factor;
  const auto answer = c.ask<wire::create_topics_response>(request, &controller::create_topics);
  c.commit();
  c.pass(millis(1000));
  return **answer;
}

}  // namespace

TEST_CASE(
    "an internal topic has as many replicas as there are brokers, and grows as they join (KAFKA-3959)") {
  meta_cluster c(1);
  REQUIRE(create(c, offsets_topic).topics.at(0).error_code == error_code::none);
  CHECK(c.partition(offsets_topic).replicas.size() == 1);
  c.join(2);
  CHECK(c.partition(offsets_topic).replicas.size() == 2);
  CHECK(c.partition(offsets_topic).adding == ids({2}));
  CHECK(c.partition(offsets_topic).isr == ids({1}));
  CHECK(c.partition(offsets_topic).leader == node_id(1));
  c.join(3);
  c.join(4);
  std::map<node_id, int> first;
  for (std::int32_t i = 0; i < 6; ++i) {
    CHECK(c.partition(offsets_topic, i).replicas.size() == 3);
    ++first[c.partition(offsets_topic, i).replicas.front()];
  }
  CHECK(first.size() > 1);  // not all are preferred where the first broker was
  CHECK(c.set_isr(offsets_topic, {1, 2, 3}) == error_code::none);
  CHECK_FALSE(is_reassigning(c.partition(offsets_topic)));
}

TEST_CASE("a user's topic is never given fewer replicas than it asks for") {
  meta_cluster c(2);
  CHECK(create(c, "orders", 3).topics.at(0).error_code == error_code::invalid_replication_factor);
  c.own["default.replication.factor"] = "3";
  CHECK(create(c, "orders").topics.at(0).error_code == error_code::invalid_replication_factor);
  c.join(3);
  CHECK(create(c, "orders").topics.at(0).error_code == error_code::none);
  CHECK(c.partition("orders").replicas.size() == 3);
}

TEST_CASE("a broker that returns grows nothing that has grown") {
  meta_cluster c(3);
  REQUIRE(create(c, offsets_topic).topics.at(0).error_code == error_code::none);
  c.lose({3});
  c.beat(3);
  CHECK(c.partition(offsets_topic).replicas.size() == 3);
  CHECK_FALSE(is_reassigning(c.partition(offsets_topic)));
}
