// A topic with records in it, and a consumer's first look at it.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include <klamm/klamm.hpp>
#include <klamm/testing.hpp>

namespace klamm::test {

/// Makes "orders" with one partition, and records of these values, each a second later than the one before; the first at 1 s.
inline void fill(testing::Cluster& cluster, const std::vector<std::string>& values) {
  cluster.create_topic({.name = "orders", .partitions = 1});
  Producer producer(cluster.client());
  Timestamp at{std::chrono::seconds(1)};
  for (const auto& value : values) {
    producer.send({.topic = "orders", .value = value, .timestamp = at});
    at += std::chrono::seconds(1);
  }
  if (!producer.flush()) throw std::runtime_error("the topic could not be filled");
}

/// The values of the next `count` records.
inline std::vector<std::string> take(Consumer& consumer, std::size_t count) {
  std::vector<std::string> values;
  while (values.size() < count)
    for (const auto& record : consumer.poll(forever)) values.emplace_back(record.value().text());
  return values;
}

}  // namespace klamm::test
