// Where a consumer reads from: seeks by name and by time, and where a log begins and ends.
#include <doctest/doctest.h>

#include "tests/sdk/filled_topic.hpp"

namespace klamm::test {
namespace {

using namespace std::chrono_literals;
using texts = std::vector<std::string>;

const TopicPartition only_partition{"orders", Partition(0)};

void delete_before(testing::Cluster& cluster, Offset first) {
  Admin(cluster.client()).delete_records({{only_partition, first}}).check();
}

}  // namespace

TEST_CASE("a log begins where its records were deleted up to, and ends behind the last") {
  testing::Cluster cluster;
  fill(cluster, {"a", "b", "c", "d"});
  delete_before(cluster, Offset(2));
  Consumer consumer(cluster.client());
  CHECK(consumer.beginning_offsets({only_partition}).at(0).next == Offset(2));
  CHECK(consumer.end_offsets({only_partition}).at(0).next == Offset(4));
}

// The policy says the end: it is the seeks that bring anything.
TEST_CASE("a seek to the beginning, to a time, to the end") {
  testing::Cluster cluster;
  fill(cluster, {"a", "b", "c", "d"});
  delete_before(cluster, Offset(1));
  Consumer consumer(cluster.client(), {.auto_offset_reset = latest});
  consumer.assign({only_partition});
  consumer.seek_to_beginning({only_partition});
  CHECK(take(consumer, 3) == texts{"b", "c", "d"});
  consumer.seek_to_time({only_partition}, Timestamp(2'500ms));
  CHECK(take(consumer, 2) == texts{"c", "d"});
  consumer.seek_to_time({only_partition}, Timestamp(1h));  // later than all: what comes next
  Producer producer(cluster.client());
  while (consumer.position(only_partition) != Offset(4)) CHECK(consumer.poll(10ms).empty());
  producer.send({.topic = "orders", .value = "e"}).get();
  CHECK(take(consumer, 1) == texts{"e"});
}

TEST_CASE("a seek to the end passes over what is there, against a policy of the earliest") {
  testing::Cluster cluster;
  fill(cluster, {"a", "b"});
  Consumer consumer(cluster.client(), {.auto_offset_reset = earliest});
  consumer.assign({only_partition});
  consumer.seek_to_end({only_partition});
  while (consumer.position(only_partition) != Offset(2)) CHECK(consumer.poll(10ms).empty());
  Producer producer(cluster.client());
  producer.send({.topic = "orders", .value = "c"}).get();
  CHECK(take(consumer, 1) == texts{"c"});
}

TEST_CASE("a pattern takes the topics whose whole name matches") {
  testing::Cluster cluster;
  fill(cluster, {"a"});
  cluster.create_topic({.name = "orders-old", .partitions = 1});
  Consumer consumer(cluster.client(), {.group_id = "g", .auto_offset_reset = earliest});
  consumer.subscribe_regex("ord.rs");
  CHECK(take(consumer, 1) == texts{"a"});
  CHECK(consumer.assignment() == std::vector{only_partition});
}

TEST_CASE("a pattern that cannot be read is refused by name, and what was subscribed stays") {
  testing::Cluster cluster;
  fill(cluster, {"a"});
  Consumer consumer(cluster.client(), {.group_id = "g", .auto_offset_reset = earliest});
  consumer.subscribe({"orders"});
  try {
    consumer.subscribe_regex("ord(ers");
    FAIL("nothing was thrown");
  } catch (const Exception& thrown) {
    CHECK(thrown.error() == errc::invalid_options);
    CHECK(std::string_view(thrown.what()).find("\"ord(ers\"") != std::string_view::npos);
  }
  CHECK(take(consumer, 1) == texts{"a"});
}

}  // namespace klamm::test
