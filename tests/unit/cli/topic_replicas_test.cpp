#include "cli/topic_replicas.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::cli;

TEST_CASE("a partition stands behind its topic's last slash") {
  CHECK(parse_partition("t/0") == TopicPartition{"t", Partition(0)});
  CHECK(parse_partition("a/b/12") == TopicPartition{"a/b", Partition(12)});
  for (const auto* wrong : {"t", "t/", "/0", "t/x", "t/-1", "t/1x", ""})
    CHECK_THROWS_AS(parse_partition(wrong), std::invalid_argument);
}

TEST_CASE("an assignment names its replicas, the preferred leader first") {
  const auto one = parse_reassignment("t/0=3,1");
  CHECK(one.at == TopicPartition{"t", Partition(0)});
  CHECK(one.replicas == std::vector{NodeId(3), NodeId(1)});
  for (const auto* wrong : {"t/0", "t/0=", "t/0=1,", "t/0=,1", "t/0=1,x", "=1", "t=1"})
    CHECK_THROWS_AS(parse_reassignment(wrong), std::invalid_argument);
}
