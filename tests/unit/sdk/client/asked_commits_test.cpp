// Which place stands of several commits of one partition, in whatever order they end.
#include "client/asked_commits.hpp"

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::client;

namespace {

const topic_partition at{"a", partition_id(0)};
const position_epoch life(7);

committed_offset up_to(std::int64_t next) { return {at, offset(next), {}, {}}; }

}  // namespace

TEST_CASE("what was asked last stands until it is refused, and then what was asked before") {
  asked_commits commits;
  const auto five = commits.ask(up_to(5), life), nine = commits.ask(up_to(9), life);
  CHECK(commits.newest(at).place.next == offset(9));
  commits.refused(nine.asked, at);
  CHECK(commits.newest(at).place.next == offset(5));
  commits.refused(five.asked, at);
  CHECK_FALSE(commits.beyond(at, life, offset(0)));
}

TEST_CASE("what another commit said and is committed stands, though who asked for it is refused") {
  asked_commits commits;
  const auto one = commits.ask(up_to(1), life), two = commits.ask(up_to(2), life),
             three = commits.ask(up_to(3), life);
  commits.done(two.asked, three);  // tried again, it said the newest
  commits.refused(three.asked, at);
  CHECK(commits.newest(at).asked == three.asked);
  commits.done(one.asked, one);
  CHECK(commits.newest(at).asked == three.asked);
}

TEST_CASE(
    "more than a place stands in the life of the position that it was asked in, or if there is none any "
    "more") {
  asked_commits commits;
  const auto nine = commits.ask(up_to(9), life);
  for (const bool over : {false, true}) {
    CAPTURE(over);
    if (over) commits.done(nine.asked, nine);
    CHECK(commits.beyond(at, life, offset(8)));
    CHECK_FALSE(commits.beyond(at, life, offset(9)));
    CHECK_FALSE(commits.beyond(at, position_epoch(8), offset(8)));
    CHECK(commits.beyond(at, std::nullopt, offset(8)));
    CHECK_FALSE(commits.beyond({"b", partition_id(0)}, life, offset(0)));
  }
}
