// Records without a key and a broker that is slow: they go to the others (KIP-794).
#include <string>

#include <doctest/doctest.h>

#include <klamm/klamm.hpp>
#include <klamm/testing.hpp>

namespace klamm::test {
namespace {

using namespace std::chrono_literals;

/// How many of 4,000 records go to the partition of the broker that answers at once, while the other takes 10 ms for each batch
/// of about ten. Memory for sixty batches lets nobody run ahead of both.
std::size_t records_for_the_fast_one(bool adaptive) {
  constexpr int records = 4'000;
  testing::Cluster cluster(2);
  cluster.create_topic({.name = "orders", .partitions = 2, .replication = 1});
  const auto leader =
      Admin(cluster.client()).describe_topics({"orders"})["orders"].value().partitions.at(1).leader;
  cluster.delay(testing::Api::produce, 10ms, {.times = records, .topic = "orders", .broker = leader});
  Producer producer(cluster.client(), {.linger = 0ms,
                                       .batch_size = ByteSize(1 << 10),
                                       .buffer_memory = ByteSize(64 << 10),
                                       .max_request_size = ByteSize(1 << 10),
                                       .max_in_flight = 1,
                                       .adaptive_partitioning = adaptive});
  const std::string value(100, 'x');
  for (int i = 0; i < records; ++i) producer.send({.topic = "orders", .value = value});
  REQUIRE(producer.flush());
  std::size_t fast = 0;
  for (const auto& record : cluster.records("orders")) fast += record.partition == Partition(0);
  return fast;
}

}  // namespace

TEST_CASE("records without a key go where they are taken, unless that is switched off") {
  CHECK(records_for_the_fast_one(true) > 2'800);
  const auto evenly = records_for_the_fast_one(false);
  CHECK(evenly > 1'400);
  CHECK(evenly < 2'600);
}

}  // namespace klamm::test
