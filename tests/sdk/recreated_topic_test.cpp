// A topic that is deleted and made again under a running producer and a running consumer.
#include <doctest/doctest.h>

#include "tests/sdk/filled_topic.hpp"

namespace klamm::test {

TEST_CASE(
    "a producer and a consumer go on with a topic that was deleted and made again, from its first record") {
  testing::Cluster cluster(3);
  Producer producer(cluster.client());
  const auto produce = [&](std::string_view value) {
    return producer.send({.topic = "orders", .value = value}).get().offset;
  };
  const auto create = [&] { cluster.create_topic({.name = "orders", .partitions = 1, .replication = 3}); };
  create();
  Consumer consumer(cluster.client(), {.auto_offset_reset = latest});
  consumer.assign({{"orders", Partition(0)}});
  consumer.seek_to_beginning({{"orders", Partition(0)}});
  for (const auto* const value : {"a", "b", "c"}) produce(value);
  CHECK(take(consumer, 3) == std::vector<std::string>{"a", "b", "c"});

  Admin(cluster.client()).delete_topics({"orders"}).check();
  create();
  CHECK(produce("d") == Offset(0));
  CHECK(take(consumer, 1) == std::vector<std::string>{"d"});
  CHECK(consumer.position({"orders", Partition(0)}) == Offset(1));
}

}  // namespace klamm::test
