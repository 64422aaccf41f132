// Which session a request belongs to, which ones a full cache keeps, and what of a partition is news (KIP-227).
#include "broker/replica/fetch_session.hpp"

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "tests/unit/counting_entropy.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;

namespace {

struct sessions {
  explicit sessions(std::size_t slots) : sessions(session_limits{.slots = slots}) {}
  explicit sessions(session_limits limits) : cache(limits, rng(4)) {}

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
  /// A consumer opens one with `count` partitions from `first` on.
  session_ptr open_with(int first, int count) { return fetch(0, 0, first, count).session; }
  session_cache::found go_on(const session_ptr& in, int epoch, int first, int count) {
    return fetch(in->id(), epoch, first, count);
  }
  session_cache::found fetch(std::int32_t id, std::int32_t epoch, int first, int count) {
    auto asked = request(id, epoch);
    auto& topic = asked.topics.emplace_back();
    topic.topic = "orders";
    for (int i = 0; i < count; ++i) topic.partitions.emplace_back().partition = partition_id(first + i);
    auto found = cache.find(asked, link::connection_id(++connections), now);
    if (found.session) found.session->update(asked, nowhere);
    return found;
  }
  void pass(duration time) { now.steady += time; }

  klamm::test::counting_entropy entropy;
  log::test::log_node disk_of;
  replicas nowhere{
      *disk_of.environment, disk_of.now, entropy, {{"/data", "cluster", node_id(1)}, {}, node_id(1)}};
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

TEST_CASE("large sessions share one budget of partitions, and small ones find room beside them") {
  sessions s({.slots = 9, .partitions = 10, .small = 2});
  auto large = s.open_with(0, 8);
  CHECK(large->id() != 0);
  CHECK(s.open_with(0, 3)->id() == 0);
  const auto small = s.open_with(0, 2);
  CHECK(small->id() != 0);

  SUBCASE("one that names what it has already goes on") {
    CHECK(s.go_on(large, 1, 0, 8).failure == error_code::none);
    CHECK(s.go_on(large, 2, 0, 8).failure == error_code::none);
    CHECK(large->targets().size() == 8);
  }
  SUBCASE("one that outgrows it is gone, and so is what it held") {
    CHECK(s.go_on(small, 1, 2, 1).failure == error_code::fetch_session_id_not_found);
    CHECK(s.find(small->id(), 1).failure == error_code::fetch_session_id_not_found);
  }
  SUBCASE("one that ends makes room") {
    s.cache.drop(large->used_by);
    CHECK(s.open_with(0, 3)->id() == 0);  // somebody holds it still
    large.reset();
    CHECK(s.open_with(0, 3)->id() != 0);
  }
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
