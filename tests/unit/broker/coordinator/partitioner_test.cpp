#include "broker/coordinator/partitioner.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "broker/coordinator/commit_queue.hpp"

using namespace klamm;
using namespace klamm::broker::coordinator;

TEST_CASE("a key hashes as Java's String.hashCode does") {
  CHECK(java_string_hash("") == 0);
  CHECK(java_string_hash("hello") == 99162322);
  CHECK(java_string_hash("polygenelubricants") == INT32_MIN);
  CHECK(java_string_hash("\u00e9") == 233);
  CHECK(java_string_hash("\U0001F600") == 0xd83d * 31 + 0xde00);
  CHECK(java_string_hash("\xff") == 0xfffd);
}

TEST_CASE("the partition of a key whose hash is the smallest integer is not negative") {
  CHECK(coordinating_partition("polygenelubricants", 50) == partition_id(0));
  CHECK(coordinating_partition("hello", 50) == partition_id(99162322 % 50));
}

TEST_CASE("what waits for an offset leaves when the high watermark reaches it, in order") {
  commit_queue queue;
  std::vector<int> left;
  queue.after(offset(5), [&](error_code why) { left.push_back(why == error_code::none ? 5 : -5); });
  queue.after(offset(7), [&](error_code why) { left.push_back(why == error_code::none ? 7 : -7); });
  queue.advance(offset(4));
  CHECK(left.empty());
  queue.advance(offset(5));
  CHECK(left == std::vector{5});
  queue.after(offset(3), [&](error_code) { left.push_back(3); });
  CHECK(left == std::vector{5, 3});
  queue.fail(error_code::not_coordinator);
  CHECK(left == std::vector{5, 3, -7});
  CHECK(queue.empty());
}
