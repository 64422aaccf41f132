// Which partition a record goes to: by itself, by its key as Java and librdkafka do it, by turns, or by the application.
#include "api/partitioning.hpp"

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace klamm::api {
namespace {

/// A topic of `count` partitions, of which those in `without` have no leader.
client::topic_view topic_of(int count, const std::set<int>& without = {}) {
  client::topic_view topic;
  topic.name = "orders";
  for (int i = 0; i < count; ++i)
    topic.partitions.push_back({.id = partition_id(i), .leader = node_id(without.contains(i) ? -1 : 1)});
  return topic;
}

constexpr std::size_t batch_size = 1000;
constexpr std::uint64_t seed = 7;

struct table {
  Partitioner how;
  partitioning choose{how, batch_size, seed};

  int of(const RecordRef& record, const client::topic_view& topic) {
    return choose.choose(record, topic_glance(topic))->value;
  }
  int keyed(BytesView key, const client::topic_view& topic) {
    return of({.topic = "orders", .key = key}, topic);
  }
};

}  // namespace

TEST_CASE("a key goes where Java's client puts it, leader or not") {
  table java{Partitioner::java};
  // murmur2 of the keys: -973932308, -790332482, 479470107 (as in Kafka's own tests), without the sign bit modulo 12
  CHECK(java.keyed("21", topic_of(12)) == 0);
  CHECK(java.keyed("foobar", topic_of(12)) == 6);
  CHECK(java.keyed("abc", topic_of(12, {3})) == 3);
  // An empty key is a key: it does not move about.
  const auto empty = java.keyed("", topic_of(12));
  for (int i = 0; i < 100; ++i) CHECK(java.keyed("", topic_of(12)) == empty);
}

TEST_CASE("a key goes where librdkafka puts it by default: CRC-32, and an empty key is none") {
  table consistent{Partitioner::consistent_random};
  CHECK(consistent.keyed("21", topic_of(12)) == 4);
  CHECK(consistent.keyed("abc", topic_of(12)) == 6);
  std::set<int> seen;
  for (int i = 0; i < 200; ++i)
    seen.insert(
        consistent.of({.topic = "orders", .key = "", .value = std::string(batch_size, 'x')}, topic_of(3)));
  CHECK(seen.size() == 3);
}

TEST_CASE(
    "without a key a partition is kept until a batch's worth of bytes went there, and never one without "
    "leader") {
  table java{Partitioner::java};
  const auto topic = topic_of(6, {2, 4});
  const std::string value(100, 'x');
  std::set<int> seen;
  for (int batch = 0; batch < 100; ++batch) {
    const auto first = java.of({.topic = "orders", .value = value}, topic);
    seen.insert(first);
    for (int i = 1; i < 10; ++i) CHECK(java.of({.topic = "orders", .value = value}, topic) == first);
  }
  CHECK(seen == std::set<int>{0, 1, 3, 5});
}

TEST_CASE("without a key each partition is drawn as often as any other") {
  table java{Partitioner::java};
  std::vector<int> went(3);
  for (int i = 0; i < 18'000; ++i)
    ++went[static_cast<std::size_t>(
        java.of({.topic = "orders", .value = std::string(batch_size, 'x')}, topic_of(3)))];
  for (const int times : went)
    CHECK(times == doctest::Approx(6'000).epsilon(0.053));  // five standard deviations
}

TEST_CASE("partitions whose batches wait get fewer records without a key, by how many wait (KIP-794)") {
  struct fixed final : backlog {
    std::size_t of(partition_id partition) const override {
      return waiting.at(static_cast<std::size_t>(partition.value));
    }
    std::vector<std::size_t> waiting;
  } waits;
  waits.waiting = {0, 3, 9, 0};
  partitioning choose(Partitioner::java, batch_size, seed);
  const auto topic = topic_of(4, {3});  // of which the last has no leader
  const std::string batch(batch_size, 'x');
  std::vector<int> went(4);
  constexpr int draws = 18'000;
  for (int i = 0; i < draws; ++i)
    ++went[static_cast<std::size_t>(
        choose.choose({.topic = "orders", .value = batch}, topic_glance(topic), &waits)->value)];
  // Chances of 10, 7 and 1 in 18; five standard deviations are allowed, about 330.
  CHECK(went[0] == doctest::Approx(10'000).epsilon(0.033));
  CHECK(went[1] == doctest::Approx(7'000).epsilon(0.047));
  CHECK(went[2] > 845);
  CHECK(went[2] < 1'155);
  CHECK(went[3] == 0);
}

TEST_CASE(
    "a partition that loses its leader is left at once; with no leader at all records wait where they are") {
  table java{Partitioner::java};
  const RecordRef record{.topic = "orders", .value = "x"};
  const auto first = java.of(record, topic_of(3));
  const auto second = java.of(record, topic_of(3, {first}));
  CHECK(second != first);
  const auto third = java.of(record, topic_of(3, {0, 1, 2}));
  CHECK((third >= 0 && third < 3));
}

TEST_CASE("by turns, keys are ignored") {
  table turns{Partitioner::round_robin};
  std::vector<int> seen;
  for (int i = 0; i < 5; ++i) seen.push_back(turns.keyed("same", topic_of(3)));
  CHECK(seen == std::vector<int>{0, 1, 2, 0, 1});
}

TEST_CASE("a function of the application's sees who has a leader, and cannot make partitions up") {
  table custom{Partitioner([](const PartitionInput& in) {
    CHECK(in.topic == "orders");
    CHECK(in.count == 3);
    return in.key.is_null() ? Partition(in.count) : in.available.back();
  })};
  CHECK(custom.keyed("key", topic_of(3, {2})) == 1);
  const auto three = topic_of(3);
  const auto refused = custom.choose.choose({.topic = "orders"}, topic_glance(three));
  CHECK(refused.code() == error_code::unknown_topic_or_partition);
}

TEST_CASE("a partition that the record names is taken over every rule, if it is there") {
  table java{Partitioner::java};
  CHECK(java.of({.topic = "orders", .key = "abc", .partition = Partition(2)}, topic_of(3)) == 2);
  const auto three = topic_of(3);
  for (const auto none : {3, -5})
    CHECK(java.choose.choose({.topic = "orders", .partition = Partition(none)}, topic_glance(three)).code() ==
          error_code::unknown_topic_or_partition);
}

}  // namespace klamm::api
