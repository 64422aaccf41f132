// What a follower decides where it could go either way: bounds of batches, epochs and states; its disk; sessions that change.
#include "scripted_follower.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;
using namespace klamm::broker::replica::test;

namespace {

/// Starts the first partition's log again, empty, at `start`, and follows from there.
void begin_at(scripted_follower& f, std::int64_t start) {
  f.first.expect([&](log::done_handler done) { f.first.log->restart_at(offset(start), std::move(done)); });
  f.a->lead(f.led_by(two, 2));
  f.answer({f.about(0), f.about(1)});
}

/// One follower by itself, that can be told anything.
struct bare_follower final : role_listener {
  bare_follower() {
    node.options.fsync = log::fsync_mode::ack;
    node.restart();
    node.create();
    role.emplace(around, partition_ports{*node.log, settings, ring, *this},
                 scripted_follower::led_by(two, 1));
  }
  void on_high_watermark(offset) override {}
  void on_log_settled() override {}
  void tell(fetch_position asked) { role->on_fetched(scripted_follower::records(0, 0, 3), asked); }

  log::test::log_node node;
  leader_script script;
  surroundings around{.self = self, .clock = node.now};
  fetchers fetching{around};
  settings_ptr settings = std::make_shared<partition_settings>();
  replica::alarm ring{around};
  std::optional<follower_role> role;
};

}  // namespace

TEST_CASE("node 0 is followed as any other leader") {
  scripted_follower f;
  f.script.fetches.clear();
  f.a->lead(f.led_by(node_id(0), 2));
  f.fetching.run();
  REQUIRE(f.script.fetches.size() == 1);
  CHECK(f.script.fetches[0].leader == node_id(0));
}

TEST_CASE("a follower takes an answer to where it is, in its epoch, while it wants one") {
  bare_follower f;
  f.around.followers = &f.fetching;
  auto asked = f.role->position();
  SUBCASE("as it asked") {
    f.role->update({leader_epoch(2), two, {self, two}, {self, two}, 2});
    f.tell(f.role->position());
    CHECK(f.node.log->end() == offset(3));
  }
  SUBCASE("in another epoch") {
    f.role->update({leader_epoch(2), two, {self, two}, {self, two}, 2});
    f.tell(asked);
    CHECK(f.node.log->end() == offset(0));
  }
  SUBCASE("from another offset") {
    f.role->update({leader_epoch(2), two, {self, two}, {self, two}, 2});
    asked = f.role->position();
    asked.next = offset(1);
    f.tell(asked);
    CHECK(f.node.log->end() == offset(0));
  }
  SUBCASE("when it waits for metadata") {
    f.tell(asked);
    CHECK(f.node.log->end() == offset(0));
  }
  f.role.reset();
}

TEST_CASE("who backed off once is not woken into another state later") {
  scripted_follower f;
  auto failed = f.about(0);
  failed.error_code = error_code::unknown_leader_epoch;
  f.answer({failed, f.about(1)});
  f.pass(millis(20));
  REQUIRE(f.of_first() == state::fetching);
  f.answer({});
  failed.error_code = error_code::offset_out_of_range;
  f.answer({failed});
  REQUIRE(f.of_first() == state::asking_range);
  f.pass(millis(5000));
  CHECK(f.of_first() == state::asking_range);
}

TEST_CASE("a follower that has records begins nowhere else because a batch overlaps them") {
  scripted_follower f;
  f.answer({f.records(0, 0, 5), f.about(1)});
  f.sync();
  f.answer({f.records(0, 3, 5)});
  CHECK(f.of_first() == state::backing_off);
  f.sync();
  CHECK(f.first.log->start() == offset(0));
  CHECK(f.first.log->end() == offset(5));
}

TEST_CASE("an empty log does not begin with a batch that ends before it") {
  for (const int count : {3, 5}) {
    scripted_follower f;
    begin_at(f, 5);
    f.answer({f.records(0, 0, count, 2)});
    CHECK(f.of_first() == state::backing_off);
    f.sync();
    CHECK(f.first.log->start() == offset(5));
    CHECK(f.first.log->end() == offset(5));
  }
}

TEST_CASE("a log that begins anew waits for its disk before it takes the batch") {
  scripted_follower f;
  begin_at(f, 2);
  f.answer({f.records(0, 0, 5, 2)});
  CHECK(f.of_first() == state::truncating);
  f.sync();
  CHECK(f.of_first() == state::fetching);
  CHECK(f.first.log->end() == offset(5));
}

TEST_CASE("who reads from a follower is woken when its high watermark moves, and only then") {
  scripted_follower f;
  watcher who;
  watch_node node(who, watched_for::commits);
  node.watch(&*f.a);
  f.answer({f.records(0, 0, 3, 1, 2), f.about(1)});
  CHECK(who.take_ready() == &node);
  f.sync();
  f.answer({f.about(0, 2)});
  CHECK_FALSE(node.ready());
  f.answer({f.about(0, 3)});
  CHECK(node.ready());
  node.watch(nullptr);
}

TEST_CASE("a log that cannot be cut waits for metadata, and asks for nothing") {
  scripted_follower f;
  f.answer({f.records(0, 0, 5), f.about(1)});
  f.sync();
  f.first.disk.set_options({.sync_failure = 1, .write_failure = 1, .rename_failure = 1});
  f.answer({f.parting()});
  REQUIRE(f.of_first() == state::truncating);
  f.sync();
  CHECK(f.first.offline == 1);
  CHECK(f.of_first() == state::awaiting_leader);
}

TEST_CASE("the fetch waits for the disk of each follower, also across a change of the epoch") {
  scripted_follower f;
  f.answer({f.records(0, 0, 3), f.about(1)});
  REQUIRE(f.of_first() == state::flushing);
  f.a->lead(f.led_by(two, 2));
  f.fetching.run();
  CHECK(f.of_first() == state::flushing);
  CHECK(f.script.fetches.empty());
  f.sync();
  CHECK(f.named() == 1);
  f.answer({f.records(0, 3, 3, 2)});
  CHECK(f.script.fetches.empty());
}

TEST_CASE("the partitions of each topic are asked for under its own id") {
  scripted_follower f;
  log::test::log_node third;
  third.identity.topic_id = *parse_uuid("AAAAAAAAAAAAAAAAAAAAAQ");
  third.options.fsync = log::fsync_mode::ack;
  third.create();
  partition c(*third.log, f.around, std::make_shared<partition_settings>());
  c.lead(f.led_by(two, 1));
  f.answer({f.about(0), f.about(1)}, 0);  // without a session everything is named
  REQUIRE(f.open().topics.size() == 2);
  CHECK(f.named() == 3);
  CHECK(f.open().topics[0].topic_id != f.open().topics[1].topic_id);
}

TEST_CASE("what the leader's session does not have is not forgotten in it") {
  scripted_follower f;
  SUBCASE("as it was never asked for") {
    f.b->lead(f.led_by(three, 2));
    f.b->lead(f.led_by(two, 3));
    f.b->lead(f.led_by(three, 4));
    f.script.fetches.erase(f.script.fetches.begin() + 1, f.script.fetches.end());
    f.answer({f.about(0)});
    REQUIRE(f.script.fetches.size() >= 1);
    CHECK(f.script.fetches[0].leader == two);
  }
  SUBCASE("as it was forgotten before") {
    auto failed = f.about(0);
    failed.error_code = error_code::fenced_leader_epoch;
    f.answer({failed, f.about(1)});
    CHECK(f.open().forgotten_topics_data.size() == 1);
    f.answer({});
    CHECK(f.open().forgotten_topics_data.empty());
  }
  SUBCASE("as there is no session") {
    f.answer({f.about(0), f.about(1)}, 0);
    f.b->resign();
    f.answer({f.about(0)}, 0);
    CHECK(f.named() == 1);
    CHECK(f.open().forgotten_topics_data.empty());
  }
}

TEST_CASE("a follower that comes and goes between two requests is in neither") {
  scripted_follower f;
  f.answer({f.about(0), f.about(1)});
  log::test::log_node third;
  third.identity.partition.partition = partition_id(2);
  third.options.fsync = log::fsync_mode::ack;
  third.create();
  partition c(*third.log, f.around, std::make_shared<partition_settings>());
  c.lead(f.led_by(two, 1));
  c.resign();
  f.answer({});
  CHECK(f.named() == 0);
  CHECK(f.open().forgotten_topics_data.empty());
}

TEST_CASE("an answer about partitions that are not followed, or not asked for, is passed over") {
  scripted_follower f;
  auto failed = f.about(0);
  failed.error_code = error_code::fenced_leader_epoch;
  f.answer({failed, f.about(1)});
  f.answer({f.records(0, 0, 3), f.records(5, 0, 3), f.records(1, 0, 2)});
  CHECK(f.first.log->end() == offset(0));
  CHECK(f.second.log->end() == offset(2));
}

TEST_CASE("without a session who had records comes last, who had none keeps its place") {
  scripted_follower f;
  const auto first_named = [&] { return f.open().topics[0].partitions[0].partition; };
  auto empty = f.about(0);
  empty.records = wire::records_field();
  f.answer({empty, f.about(1)}, 0);
  CHECK(first_named() == partition_id(0));
  f.answer({f.records(0, 0, 1), f.about(1)}, 0);
  f.sync();
  CHECK(first_named() == partition_id(1));
}

TEST_CASE("a node that is not registered yet says no broker epoch") {
  scripted_follower f;
  f.answer({f.about(0), f.about(1)});
  CHECK(f.open().replica_state.replica_epoch == 11);
  f.around.ports.brokers = nullptr;
  f.answer({});
  CHECK(f.open().replica_state.replica_epoch == -1);
}
