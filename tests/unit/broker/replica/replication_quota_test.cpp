// Bytes a second over windows, as Kafka's replication quotas count them (KIP-73).
#include "broker/replica/replication_quota.hpp"

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::broker::replica;
using namespace std::chrono_literals;

namespace {

constexpr time_point begin{1h};

/// 1000 bytes a second over three windows of a second.
struct limited {
  limited() { quota.set_limit(1000); }
  replication_quota quota{{.count = 3, .length = 1s}};
};

}  // namespace

TEST_CASE("without a limit nobody is held up") {
  replication_quota quota;
  quota.record(1 << 30, begin);
  CHECK(!quota.exceeded(begin));
  CHECK(quota.free_at(begin) == begin);
}

TEST_CASE("a rate at the limit holds nobody up, one above it does until the time has made up for it") {
  limited l;
  l.quota.record(1000, begin);
  CHECK(!l.quota.exceeded(begin));
  l.quota.record(1000, begin + 500ms);
  CHECK(l.quota.exceeded(begin + 500ms));
  CHECK(l.quota.free_at(begin + 500ms) == begin + 2s);
  CHECK(l.quota.exceeded(begin + 1999ms));
  CHECK(!l.quota.exceeded(begin + 2s));
}

TEST_CASE("what is older than the windows is forgotten") {
  limited l;
  l.quota.record(1'000'000, begin);
  CHECK(l.quota.free_at(begin) == begin + 3s);
  l.quota.record(500, begin + 2s);
  CHECK(l.quota.free_at(begin + 2s) == begin + 3s);
  l.quota.record(1700, begin + 3s);  // 2200 bytes of the last two windows, the older of which began at 2 s
  CHECK(l.quota.free_at(begin + 3s) == begin + 2s + 2200ms);
}

TEST_CASE("a window that is forgotten may leave more than the limit behind") {
  limited l;
  l.quota.record(1, begin);
  l.quota.record(5000, begin + 2900ms);
  CHECK(l.quota.exceeded(begin + 2900ms));
  CHECK(l.quota.free_at(begin + 2900ms) == begin + 5900ms);  // when the second is forgotten, too
}

TEST_CASE("a limit of nothing lets nothing pass while anything is remembered") {
  limited l;
  l.quota.set_limit(0);
  CHECK(!l.quota.exceeded(begin));
  l.quota.record(1, begin);
  CHECK(l.quota.free_at(begin) == begin + 3s);
}

TEST_CASE("a topic names the replicas that are throttled, or all") {
  CHECK(!throttled_replicas{}.has(partition_id(0)));
  CHECK(throttled_replicas{.all = true}.has(partition_id(7)));
  const throttled_replicas two{.partitions = {partition_id(2)}};
  CHECK(two.has(partition_id(2)));
  CHECK(!two.has(partition_id(1)));
}
