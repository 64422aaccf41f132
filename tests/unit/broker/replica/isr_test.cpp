#include "broker/replica/isr.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::broker::replica;

namespace {

std::vector<replica_progress> ends(std::initializer_list<std::int64_t> ends) {
  std::vector<replica_progress> all;
  std::int32_t id = 0;
  for (const auto end : ends) all.push_back({node_id(id++), offset(end)});
  return all;
}

}  // namespace

TEST_CASE("the high watermark is what the slowest member of the maximal ISR holds") {
  CHECK(high_watermark(offset(0), ends({7}), 1) == offset(7));
  CHECK(high_watermark(offset(0), ends({7, 5, 9}), 1) == offset(5));
}

TEST_CASE("the high watermark never goes back") {
  CHECK(high_watermark(offset(6), ends({7, 5}), 1) == offset(6));
}

TEST_CASE("the high watermark is frozen while too few members are in sync") {
  CHECK(high_watermark(offset(3), ends({7}), 2) == offset(3));
  CHECK(high_watermark(offset(3), {}, 0) == offset(3));
}

TEST_CASE("a topic with fewer replicas than min.insync.replicas can still be written") {
  CHECK(needed_in_sync(2, 1) == 1);
  CHECK(needed_in_sync(2, 3) == 2);
}
