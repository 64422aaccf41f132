// Fetches whose answers share little memory.
#include <doctest/doctest.h>

#include "fetching_node.hpp"

using namespace klamm;
using namespace klamm::broker::replica;
using namespace klamm::broker::replica::test;

namespace {

/// Two partitions with batches of a little more than 1,000 bytes, and memory for so much.
struct short_of_memory : fetching_node {
  explicit short_of_memory(std::size_t limit) : fetching_node({}, limit) {
    for (int i = 0; i < 4; ++i)
      for (const std::int32_t partition : {0, 1}) produce(partition, 1000);
  }
};

std::size_t batches_in(const answered& answer, std::size_t at) { return answer.partitions[at].bytes / 1000; }

}  // namespace

TEST_CASE(
    "each read takes a quarter of the memory that is left, and what does not fit comes with the next fetch") {
  short_of_memory f(13'333);
  const auto answer = f.fetch({.partitions = {{0}, {1}}, .min_bytes = 1 << 20});
  REQUIRE(*answer);
  CHECK(batches_in(**answer, 0) == 2);
  CHECK(batches_in(**answer, 1) == 1);
  CHECK(f.memory.held() == 0);
  const auto next = f.fetch({.partitions = {{0, 2}, {1}}});
  CHECK(batches_in(**next, 0) == 2);
}

TEST_CASE("however little memory there is, a fetch takes a batch") {
  short_of_memory f(1);
  const auto answer = f.fetch({.partitions = {{0}, {1}}});
  REQUIRE(*answer);
  CHECK(batches_in(**answer, 0) == 1);
  CHECK(batches_in(**answer, 1) == 0);
}

TEST_CASE("a partition that found no room is the first in its session's next fetch") {
  short_of_memory f(1);
  const auto first = f.fetch({.partitions = {{0}, {1}}, .epoch = 0});
  REQUIRE(*first);
  CHECK(batches_in(**first, 0) == 1);
  const auto second = f.fetch({.session = (*first)->session, .epoch = 1});
  REQUIRE(*second);
  CHECK((*second)->ids() == list{1});
  const auto third = f.fetch({.session = (*first)->session, .epoch = 2});
  REQUIRE(*third);
  CHECK((*third)->ids() == list{0});
}

TEST_CASE(
    "records that wait for more of them hold memory until they are answered, or their connection ends") {
  short_of_memory f(1 << 20);
  const link::connection_id client(7);
  const auto answer = f.fetch({.partitions = {{0}}, .min_bytes = 8000, .connection = client});
  CHECK(!*answer);
  CHECK(f.memory.held() > 4000);
  CHECK(f.memory.held() < 5000);
  SUBCASE("answered") { f.pass(500); }
  SUBCASE("ended") { f.waiting.drop(client); }
  CHECK(f.memory.held() == 0);
}

TEST_CASE("when memory is short those that wait with records are answered, and those without wait on") {
  short_of_memory f(1 << 20);
  const auto with = f.fetch({.partitions = {{0}}, .min_bytes = 8000});
  const auto without = f.fetch({.partitions = {{0, 4}}});
  f.waiting.relieve(f.node.now);
  REQUIRE(*with);
  CHECK(batches_in(**with, 0) == 4);
  CHECK(!*without);
}
