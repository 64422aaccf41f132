// What becomes of a fetch that waits when its connection sends more, can take no more, or ends.
#include <doctest/doctest.h>

#include "fetching_node.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;
using namespace klamm::broker::replica::test;

namespace {

constexpr link::connection_id client(7);
constexpr int for_ever = INT32_MAX;

/// A fetch by the client, of what never comes.
fetch_spec patient() {
  return {.partitions = {{0}}, .min_bytes = INT32_MAX, .max_wait_ms = for_ever, .connection = client};
}

/// The first record is where only the disk has it.
void fill_beyond_memory(fetching_node& node) {
  constexpr std::size_t large = 900'000;
  for (std::size_t written = 0; written <= node.node.tail_budget; written += large) node.produce(0, large);
}

}  // namespace

TEST_CASE("a fetch whose connection is gone is forgotten, with its deadline, and is not answered") {
  fetching_node f;
  const auto gone = f.fetch(patient());
  const auto stays = f.fetch({.partitions = {{0}}, .max_wait_ms = for_ever});
  f.waiting.drop(client);
  CHECK(f.waiting.waiting() == 1);
  f.produce(0);
  CHECK(!*gone);
  CHECK(*stays);
  CHECK(f.waiting.waiting() == 0);
  CHECK(f.waiting.deadline() == never);
}

TEST_CASE("a fetch that reads when its connection ends is forgotten once the disk has answered") {
  fetching_node f;
  fill_beyond_memory(f);
  const auto gone = f.send(patient());
  f.waiting.drop(client);
  CHECK(f.waiting.waiting() == 1);
  f.node.settle();
  CHECK(f.waiting.waiting() == 0);
  CHECK(!*gone);
}

TEST_CASE("a connection has one fetch that waits: the next one ends its wait") {
  fetching_node f;
  f.produce(0);
  const auto first = f.fetch(patient());
  CHECK(!*first);
  const auto second = f.fetch(patient());
  REQUIRE(*first);
  CHECK((*first)->partitions[0].bytes > 0);  // with what there is
  CHECK(!*second);
  CHECK(f.waiting.waiting() == 1);
}

TEST_CASE("a fetch whose connection is in a hurry is answered with what there is, as soon as that is read") {
  fetching_node f;
  SUBCASE("at once") {
    const auto waits = f.fetch(patient());
    f.waiting.hurry(client);
    CHECK(*waits);
  }
  SUBCASE("from the disk") {
    fill_beyond_memory(f);
    const auto waits = f.send(patient());
    f.waiting.hurry(client);
    CHECK(!*waits);
    f.node.settle();
    REQUIRE(*waits);
    CHECK((*waits)->partitions[0].bytes > 0);
  }
  CHECK(f.waiting.waiting() == 0);
}

TEST_CASE("a session ends with the connection that used it last") {
  fetching_node f;
  const auto id = (*f.fetch({.partitions = {{0}}, .max_wait_ms = 0, .epoch = 0}))->session;
  const fetch_spec lost{.max_wait_ms = for_ever, .session = id, .epoch = 1, .connection = client};
  SUBCASE("which waits with it") {
    CHECK(!*f.fetch(lost));
    f.waiting.drop(client);
    CHECK((*f.fetch({.session = id, .epoch = 2}))->failure == error_code::fetch_session_id_not_found);
  }
  SUBCASE("which opened it, too") {
    f.waiting.drop(link::connection_id(f.connections));
    CHECK((*f.fetch(lost))->failure == error_code::fetch_session_id_not_found);
  }
  SUBCASE("not with one that it has left") {
    const link::connection_id opened_by(f.connections);
    f.fetch(lost);
    f.waiting.drop(opened_by);
    f.waiting.hurry(client);
    CHECK((*f.fetch({.max_wait_ms = 0, .session = id, .epoch = 2}))->failure == error_code::none);
  }
}

TEST_CASE("a connection has one session: the next that it opens takes the place of the first") {
  fetching_node f({.sessions = {.slots = 1}});
  const fetch_spec opening{.partitions = {{0}}, .max_wait_ms = 0, .epoch = 0, .connection = client};
  const auto first = (*f.fetch(opening))->session;
  const auto second = (*f.fetch(opening))->session;
  CHECK(second != 0);
  CHECK((*f.fetch({.session = first, .epoch = 1}))->failure == error_code::fetch_session_id_not_found);
  CHECK((*f.fetch({.max_wait_ms = 0, .session = second, .epoch = 1}))->failure == error_code::none);
}
