// What a producer keeps of a topic follows the metadata: how many partitions it has, and whether it may be sent to.
#include "api/topic_line.hpp"

#include <memory>

#include <doctest/doctest.h>

namespace klamm::api {
namespace {

struct world {
  topic_line line{Partitioner::java, 1000, 7};
  handoff::snapshot_board board;

  /// The cluster has the topic with so many partitions, of which `without` has no leader.
  void publish(int partitions, int without = -1, error_code why = error_code::none) {
    auto topic = std::make_shared<client::topic_view>();
    topic->name = "orders";
    topic->error = why;
    for (int i = 0; i < partitions; ++i)
      topic->partitions.push_back({.id = partition_id(i), .leader = node_id(i == without ? -1 : 1)});
    auto snapshot = std::make_shared<client::metadata_snapshot>();
    snapshot->topics.push_back(std::move(topic));
    board.publish(std::move(snapshot));
  }
  std::size_t partitions() { return line.glance(board, "orders").partitions(); }
  int sticky() { return line.partitions.choose({.topic = "orders"}, line.glance(board, "orders"))->value; }
};

}  // namespace

TEST_CASE("partitions are counted anew with each snapshot") {
  world w;
  CHECK(w.partitions() == 0);
  w.publish(3);
  CHECK(w.partitions() == 3);
  w.publish(5);
  CHECK(w.partitions() == 5);
}

TEST_CASE("a topic that went, or may not be used any more, has none") {
  world w;
  w.publish(3);
  CHECK(w.partitions() == 3);
  w.publish(0, -1, error_code::topic_authorization_failed);
  CHECK(w.partitions() == 0);
  w.publish(3);
  CHECK(w.partitions() == 3);
  w.board.publish(std::make_shared<const client::metadata_snapshot>());
  CHECK(w.partitions() == 0);
}

TEST_CASE("a sticky partition is kept while it has a leader, and left with the snapshot that takes it away") {
  world w;
  w.publish(8);
  const auto first = w.sticky();
  w.publish(8, (first + 1) % 8);
  CHECK(w.sticky() == first);
  w.publish(8, first);
  const auto second = w.sticky();
  CHECK(second != first);
  w.publish(8);
  CHECK(w.sticky() == second);
}

}  // namespace klamm::api
