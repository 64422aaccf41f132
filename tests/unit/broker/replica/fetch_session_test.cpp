// Which session a request belongs to, which ones a full cache keeps, and what of a partition is news (KIP-227).
#include "broker/replica/fetch_session.hpp"

#include <doctest/doctest.h>

#include "../log/log_node.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;

namespace {

struct sessions {
  explicit sessions(std::size_t slots) : cache(slots, rng(4)) {}

  static wire::fetch_request request(std::int32_t id, std::int32_t epoch, node_id replica = {}) {
    wire::fetch_request asked;
    asked.session_id = id;
    asked.session_epoch = epoch;
    asked.replica_state.replica_id = replica;
    return asked;
  }
  session_cache::found find(std::int32_t id, std::int32_t epoch, node_id replica = {}) {
    return cache.find(request(id, epoch, replica), link::connection_id(++connections), now);
  }
  session_ptr open(node_id replica = {}) { return find(0, 0, replica).session; }
  void pass(duration time) { now.steady += time; }

  session_cache cache;
  std::int64_t connections = 0;  // each request comes on one of its own
  instant now{time_point(std::chrono::hours(1)), timestamp(5000)};
};

constexpr auto idle = std::chrono::minutes(2);

}  // namespace

TEST_CASE("a session is only there for who opened it") {
  sessions s(3);
  const auto of_two = s.open(node_id(2))->id(), of_zero = s.open(node_id(0))->id(),
             of_reader = s.open()->id();
  CHECK(s.find(of_two, 1, node_id(3)).failure == error_code::fetch_session_id_not_found);
  CHECK(s.find(of_two, 1).failure == error_code::fetch_session_id_not_found);
  CHECK(s.find(of_zero, 1).failure == error_code::fetch_session_id_not_found);
  CHECK(s.find(of_reader, 1, node_id(0)).failure == error_code::fetch_session_id_not_found);
  CHECK(s.find(of_two, 1, node_id(2)).failure == error_code::none);
  CHECK(s.find(of_zero, 1, node_id(0)).failure == error_code::none);
  CHECK(s.find(of_reader, 1).failure == error_code::none);
}

TEST_CASE("a full cache gives up the session that was idle for longest, and none that is in use") {
  sessions s(2);
  const auto first = s.open(), second = s.open();
  s.pass(std::chrono::minutes(1));
  CHECK(s.find(first->id(), 1).failure == error_code::none);
  s.pass(idle);
  SUBCASE("of two that are idle") {
    CHECK(s.open()->id() != 0);
    CHECK(s.find(second->id(), 1).failure == error_code::fetch_session_id_not_found);
    CHECK(s.find(first->id(), 2).failure == error_code::none);
  }
  SUBCASE("whose request waits") {
    second->busy = true;
    CHECK(s.open()->id() == 0);
    CHECK(s.cache.size() == 2);
  }
}

TEST_CASE("who finds no room has no session that it could come back to") {
  sessions full(1);
  full.open();
  for (auto* const s : {&full}) {
    const auto without = s->open();
    CHECK(without->id() == 0);
    CHECK(s->cache.size() == 1);
    CHECK(s->find(0, 1).failure == error_code::fetch_session_id_not_found);
  }
  sessions none(0);
  CHECK(none.open()->id() == 0);
  CHECK(none.cache.size() == 0);
}

TEST_CASE("what is news of a partition: another high watermark, another start, and what was not taken") {
  log::test::log_node node;
  node.create();
  surroundings around{.self = node_id(1), .clock = node.now};
  partition led(*node.log, around, std::make_shared<partition_settings>());
  led.lead({leader_epoch(0), node_id(1), {node_id(1)}, {node_id(1)}});
  wire::compressor contexts;
  const auto produce = [&] {
    led.produce(buffer_slice::own(log::test::make_batch({})), {}, contexts, node.now, [](const produced&) {});
    node.settle();
    led.on_durable();
  };
  watcher owner;
  fetch_target target(owner, std::make_shared<topic_key>(), {}, watched_for::commits);
  CHECK_FALSE(target.is_news());  // of nothing
  target.watch(&led);
  CHECK(target.is_news());
  wire::fetch_response::partition_data said;
  const auto tell = [&](int diverging_epoch = -1) {
    said.high_watermark = led.high_watermark();
    said.log_start_offset = node.log->start();
    said.diverging_epoch.epoch = leader_epoch(diverging_epoch);
    target.told(said);
  };
  tell();
  CHECK_FALSE(target.is_news());
  produce();
  CHECK(target.is_news());
  tell();
  REQUIRE(led.delete_records(offset(1)));
  CHECK(target.is_news());
  tell();
  CHECK_FALSE(target.is_news());
  tell(0);  // it has to cut its log first, and took nothing else
  CHECK(target.is_news());
  target.watch(nullptr);
}
