#include "broker/replica/isr.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;

namespace {

std::vector<replica_progress> ends(std::initializer_list<std::int64_t> ends) {
  std::vector<replica_progress> all;
  std::int32_t id = 0;
  for (const auto end : ends) all.push_back({node_id(id++), offset(end)});
  return all;
}

}  // namespace

TEST_CASE("the high watermark is what the slowest of those holds who have a say") {
  CHECK(high_watermark(offset(0), ends({7}), 1, 1) == offset(7));
  CHECK(high_watermark(offset(0), ends({7, 5, 9}), 3, 1) == offset(5));
  CHECK(high_watermark(offset(0), ends({7, -1}), 2, 1) == offset(0));  // one that has said nothing yet
}

TEST_CASE("the high watermark never goes back") {
  CHECK(high_watermark(offset(6), ends({7, 5}), 2, 1) == offset(6));
}

TEST_CASE("the high watermark is frozen while too few members are in sync, however many are about to join") {
  CHECK(high_watermark(offset(3), ends({7, 7}), 1, 2) == offset(3));
  CHECK(high_watermark(offset(3), {}, 0, 0) == offset(3));
}

TEST_CASE("a topic with fewer replicas than min.insync.replicas can still be written") {
  CHECK(needed_in_sync(2, 1) == 1);
  CHECK(needed_in_sync(2, 3) == 2);
}

TEST_CASE("a follower cuts its log where its epochs and the leader's part") {
  const auto at = [](std::int32_t epoch, std::int64_t end) {
    return log::epoch_end{leader_epoch(epoch), offset(end)};
  };
  CHECK(truncation_point(at(1, 5), at(1, 8), offset(10)) == offset(5));  // the leader's epoch 1 is shorter
  CHECK(truncation_point(at(1, 9), at(1, 8), offset(10)) == offset(8));  // ours is
  CHECK(truncation_point(at(2, 9), at(1, 6), offset(10)) ==
        offset(6));  // we have no 2: back to where 1 ends, and ask again
  CHECK(truncation_point(at(2, 9), at(-1, -1), offset(10)) == offset(9));  // we know of no epoch so low
  CHECK(truncation_point(at(2, 12), at(2, 10), offset(10)) == offset(10));
}
