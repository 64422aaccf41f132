// A leader whose controller and followers are played by the test: what it proposes, whom it waits for, whom it refuses.
#include "scripted_leader.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;
using namespace klamm::broker::replica::test;

TEST_CASE("acks=all waits for every member in sync, acks=1 for the leader's own disk") {
  scripted_leader l;
  const auto all = l.produce();
  const auto one = l.produce(required_acks::leader);
  CHECK_FALSE(*one);
  l.sync();
  REQUIRE(*one);
  CHECK((*one)->base == offset(1));
  l.fetch(two, 2);
  CHECK(l.watermark() == 0);
  CHECK_FALSE(*all);
  l.fetch(three, 1);
  CHECK(l.watermark() == 1);
  REQUIRE(*all);
  CHECK((*all)->failure == error_code::none);
}

TEST_CASE("a producer hears in time that its records are not held yet") {
  scripted_leader l;
  const auto answer = l.produce(required_acks::all, millis(300));
  l.sync();
  l.pass(millis(299));
  CHECK_FALSE(*answer);
  l.pass(millis(1));
  REQUIRE(*answer);
  CHECK((*answer)->failure == error_code::request_timed_out);
}

TEST_CASE("who lags for the whole time is proposed out, holds the watermark until then, and not after") {
  scripted_leader l;
  l.produce();
  l.sync();
  l.fetch(two, 1);
  l.pass(millis(999));
  CHECK(l.control.open.empty());
  l.pass(millis(1));
  REQUIRE(l.control.open.size() == 1);
  CHECK(l.proposed() == nodes{self, two});
  const auto& said = l.control.open.back().first;
  CHECK(said.leader_epoch == leader_epoch(1));
  CHECK(said.partition_epoch == 1);
  CHECK(said.isr[0].broker_epoch == 11);
  CHECK(said.isr[1].broker_epoch == 12);
  l.pass(millis(5000));
  CHECK(l.control.open.size() == 1);  // one at a time
  CHECK(l.watermark() == 0);
  l.accept(2, {self, two});
  CHECK(l.watermark() == 1);
}

TEST_CASE("a member that asks from below the high watermark is proposed out at once, and may come back") {
  scripted_leader l;
  for (int i = 0; i < 3; ++i) l.produce();
  l.sync();
  l.fetch(two, 3);
  l.fetch(three, 3);
  REQUIRE(l.watermark() == 3);
  l.fetch(three, 3);
  CHECK(l.control.open.empty());
  l.fetch(three, 1);  // its disk has damaged the rest
  REQUIRE(l.control.open.size() == 1);
  CHECK(l.proposed() == nodes{self, two});
  l.accept(2, {self, two});
  l.produce();
  l.sync();
  l.fetch(two, 4);
  CHECK(l.watermark() == 4);  // which it does not hold up
  l.fetch(three, 4);
  REQUIRE(l.control.open.size() == 1);
  CHECK(l.proposed() == nodes{self, two, three});
}

TEST_CASE("a follower that is always one fetch behind joins: the watermark waits for it") {
  scripted_leader l({self, two});
  std::int64_t end = 0;
  const auto take_two = [&] {
    l.produce();
    l.produce();
    l.sync();
    l.fetch(two, end += 2);
  };
  take_two();
  for (int fetches = 0; fetches < 5 && l.control.open.empty(); ++fetches) {
    l.fetch(three, end - 2);  // what was there when it asked last
    take_two();
  }
  REQUIRE(l.control.open.size() == 1);
  CHECK(l.proposed() == nodes{self, two, three});
}

TEST_CASE("a follower joins where it has all that may be committed, and counts from the proposal on") {
  scripted_leader l({self, two});
  l.produce();
  l.sync();
  l.fetch(two, 1);
  REQUIRE(l.watermark() == 1);
  l.fetch(three, 0);
  CHECK(l.control.open.empty());
  l.fetch(three, 1);
  REQUIRE(l.control.open.size() == 1);
  CHECK(l.proposed() == nodes{self, two, three});
  CHECK(l.control.open.back().first.isr[2].broker_epoch == 13);
  l.produce();
  l.sync();
  l.fetch(two, 2);
  l.pass(millis(2000));
  CHECK(l.watermark() == 1);  // it may be in the ISR by now
  l.accept(2, {self, two, three});
  l.fetch(three, 2);
  CHECK(l.watermark() == 2);
}

TEST_CASE("nobody joins who is fenced, on its way out, unknown, or of another life") {
  scripted_leader l({self, two});
  auto& its = l.control.brokers.at(three);
  its.fenced = true;
  l.fetch(three, 0);
  CHECK(l.control.open.empty());
  its = {13, false, true, "c"};
  l.fetch(three, 0);
  CHECK(l.control.open.empty());
  its = {14, false, false, "c"};
  l.fetch(three, 0, 13);
  CHECK(l.control.open.empty());
  l.control.brokers.erase(three);
  l.fetch(three, 0, 14);
  CHECK(l.control.open.empty());
  l.control.brokers[three] = {14, false, false, "c"};
  SUBCASE("by its epoch") { l.fetch(three, 0, 14); }
  SUBCASE("or without one, as before Kafka 3.5") { l.fetch(three, 0, -1); }
  CHECK(l.control.open.size() == 1);
}

TEST_CASE("a refusal takes the proposal back, asks again later, or waits for metadata") {
  scripted_leader l({self, two});
  l.fetch(three, 0);
  SUBCASE("surely not applied: not before a pause, and it does not count meanwhile") {
    for (const auto why : {error_code::ineligible_replica, error_code::operation_not_attempted}) {
      REQUIRE(l.control.open.size() == 1);
      l.decide(why);
      l.fetch(three, 0);
      l.pass(millis(99));
      l.fetch(three, 0);
      CHECK(l.control.open.empty());
      l.pass(millis(1));
      CHECK(l.control.open.empty());  // its silence does not bring it in
      l.fetch(three, 0);
    }
  }
  SUBCASE("perhaps applied: the metadata will say") {
    l.decide(error_code::invalid_update_version);
    l.pass(millis(5000));
    l.fetch(three, 0);
    CHECK(l.control.open.empty());
    l.led->lead(l.leadership_of(1, 2, {self, two}));
    l.fetch(three, 0);
    CHECK(l.control.open.size() == 1);
  }
  SUBCASE("anything else: the same again") {
    l.decide(error_code::unknown_server_error);
    l.pass(millis(99));
    CHECK(l.control.open.empty());
    l.pass(millis(1));
    REQUIRE(l.control.open.size() == 1);
    CHECK(l.proposed() == nodes{self, two, three});
  }
}

TEST_CASE("a decision of another epoch, or of what is known better already, changes nothing") {
  scripted_leader l({self, two});
  l.fetch(three, 0);
  SUBCASE("the metadata were faster") {
    l.led->lead(l.leadership_of(1, 2, {self, two, three}));
    l.accept(2, {self});
    CHECK(l.led->leader()->follows(three));
    l.produce();
    l.sync();
    CHECK(l.watermark() == 0);  // the others are in sync
  }
  SUBCASE("the answer is of an epoch that this is not") {
    l.accept(9, {self}, 2);
    l.produce();
    l.sync();
    CHECK(l.watermark() == 0);
  }
  SUBCASE("the question was of an earlier epoch") {
    l.led->lead(l.leadership_of(2, 2, {self, two}));
    l.accept(3, {self}, 2);
    l.produce();
    l.sync();
    CHECK(l.watermark() == 0);
  }
}

TEST_CASE("older metadata change nothing, and a new epoch begins where the log ends") {
  scripted_leader l;
  l.produce();
  l.sync();
  l.led->lead(l.leadership_of(1, 1, {self}));
  l.led->lead(l.leadership_of(0, 7, {self}));
  CHECK(l.watermark() == 0);
  CHECK(l.led->epoch() == leader_epoch(1));
  l.led->lead(l.leadership_of(3, 2, {self, two}));
  CHECK(l.led->epoch() == leader_epoch(3));
  CHECK(l.node.log->latest_epoch() == leader_epoch(3));
  CHECK(l.led->check_leader(leader_epoch(2)) == error_code::fenced_leader_epoch);
  CHECK(l.led->check_leader(leader_epoch(4)) == error_code::unknown_leader_epoch);
  CHECK(l.led->check_leader(leader_epoch(3)) == error_code::none);
  CHECK(l.led->check_reader(leader_epoch(2)) == error_code::fenced_leader_epoch);
  l.led->resign();
  CHECK(l.led->check_reader(leader_epoch(3)) == error_code::not_leader_or_follower);
}

TEST_CASE("below the start of its epoch a follower may lack what was committed: it does not join") {
  scripted_leader l({self, two});
  l.produce();
  l.sync();
  l.led->lead(l.leadership_of(2, 2, {self, two}));
  l.fetch(three, 0);  // the high watermark is 0, too, but an earlier leader may have known better
  CHECK(l.control.open.empty());
  l.fetch(three, 1);
  CHECK(l.control.open.size() == 1);
}

TEST_CASE("who is no replica, or speaks from an earlier life, is told so") {
  scripted_leader l;
  const auto check = [&](node_id id, std::int64_t epoch, int claimed) {
    return l.led->check_follower(leader_epoch(claimed), {id, epoch, offset(0), offset(0)});
  };
  CHECK(check(two, 12, 1) == error_code::none);
  CHECK(check(two, -1, 1) == error_code::none);
  CHECK(check(two, 11, 1) == error_code::not_leader_or_follower);
  CHECK(check(two, 12, 0) == error_code::fenced_leader_epoch);
  CHECK(check(node_id(9), 12, 1) == error_code::unknown_leader_epoch);
  CHECK(check(node_id(9), 12, -1) == error_code::not_leader_or_follower);
  l.control.brokers.at(two).epoch = 0;
  CHECK(check(two, 0, 1) == error_code::none);
}

TEST_CASE("while too few are in sync acknowledgements fail, of what was appended, too") {
  scripted_leader l({self, two}, 2);
  const auto answer = l.produce();
  l.sync();
  l.led->lead(l.leadership_of(1, 2, {self}));
  REQUIRE(*answer);
  CHECK((*answer)->failure == error_code::not_enough_replicas_after_append);
  CHECK(l.watermark() == 0);
  CHECK((*l.produce())->failure == error_code::not_enough_replicas);
  const auto batch = log::test::make_batch({});
  CHECK(l.led->append(batch, log::append_origin::coordinator, l.node.now).code() ==
        error_code::not_enough_replicas);
  l.led->lead(l.leadership_of(1, 3, {self, two}));
  CHECK(*l.led->append(batch, log::append_origin::coordinator, l.node.now) == offset(2));
  l.led->resign();
  CHECK(l.led->append(batch, log::append_origin::coordinator, l.node.now).code() ==
        error_code::not_leader_or_follower);
}

TEST_CASE("a consumer is sent to the follower in its rack that is in sync and has what it asks for") {
  scripted_leader l;
  l.produce();
  l.sync();
  l.fetch(two, 1);
  l.fetch(three, 0);
  const auto nearest = [&](std::string_view rack, int at) {
    return l.led->leader()->nearest(rack, offset(at));
  };
  CHECK(nearest("b", 1) == two);
  CHECK(nearest("c", 0) == three);
  CHECK(nearest("c", 1) == node_id());
  CHECK(nearest("a", 0) == node_id());
  CHECK(nearest("", 0) == node_id());
  CHECK(nearest("z", 0) == node_id());
  l.control.brokers.at(three).rack = "b";
  CHECK(nearest("b", 0) == two);  // the one that is further
  l.control.brokers.at(two).fenced = true;
  CHECK(nearest("b", 0) == three);
  l.led->lead(l.leadership_of(1, 2, {self, two}));
  CHECK(nearest("b", 0) == node_id());
}

TEST_CASE("caught up is who reached the leader's end, as it is or as it was at the fetch before") {
  const auto at = [](int ms) { return time_point(std::chrono::milliseconds(ms)); };
  const auto fetch = [](std::int64_t next) { return follower_position{two, 1, offset(next), offset(0)}; };
  follower_progress one(two);
  one.on_fetch(fetch(5), offset(9), at(10));
  CHECK_FALSE(one.caught_up_at);
  one.on_fetch(fetch(8), offset(12), at(20));
  CHECK_FALSE(one.caught_up_at);
  one.on_fetch(fetch(12), offset(15), at(30));
  CHECK(one.caught_up_at == at(20));
  one.on_fetch(fetch(15), offset(15), at(40));
  CHECK(one.caught_up_at == at(40));
  one.on_fetch(fetch(15), offset(16), at(50));
  CHECK(one.caught_up_at == at(40));
  CHECK(one.caught_up(offset(16), at(1039), millis(1000)));
  CHECK_FALSE(one.caught_up(offset(16), at(1040), millis(1000)));
  CHECK(one.caught_up(offset(15), at(1040), millis(1000)));
  one.on_new_epoch(false, offset(16), at(60));
  one.on_fetch(fetch(16), offset(17), at(70));
  CHECK_FALSE(one.caught_up_at);
  one.on_new_epoch(true, offset(17), at(80));
  one.on_fetch(fetch(17), offset(18), at(90));
  CHECK(one.caught_up_at == at(80));
  one.on_new_leader(false, at(100));
  CHECK_FALSE(one.caught_up_at);
  one.on_new_leader(true, at(110));
  CHECK(one.caught_up_at == at(110));
}

TEST_CASE("answers leave in the order of offsets, a repeat behind the first that is as far") {
  waiting_answers<produced> queue;
  std::vector<int> left;
  const auto add = [&](int who, int end, int expires) {
    queue.add(offset(end), time_point(std::chrono::seconds(expires)), {}, [&left, who](const produced& how) {
      left.push_back(how.failure == error_code::none ? who : -who);
    });
  };
  add(1, 10, 5);
  add(2, 20, 3);
  add(3, 10, 9);
  CHECK(queue.deadline() == time_point(std::chrono::seconds(3)));
  queue.release(offset(9));
  CHECK(left.empty());
  queue.release(offset(10));
  CHECK(left == std::vector{1, 3});
  add(4, 15, 7);
  queue.expire(time_point(std::chrono::seconds(3)));
  CHECK(left == std::vector{1, 3, -2});
  CHECK(queue.deadline() == time_point(std::chrono::seconds(7)));
}

TEST_CASE("the alarm is set for when the first follower would lag, or a producer has waited enough") {
  scripted_leader l;
  const auto begun = l.node.now.steady;
  l.produce();
  l.sync();
  CHECK(l.around.deadlines.next() == after(begun, millis(1000)));
  l.pass(millis(10));
  l.fetch(two, 1);
  l.pass(millis(0));
  CHECK(l.around.deadlines.next() == after(begun, millis(1000)));
  l.fetch(three, 1);
  l.pass(millis(0));
  CHECK(l.around.deadlines.next() == after(begun, millis(5000)));
  l.node.now.steady = begun + std::chrono::milliseconds(100);
  l.produce(required_acks::all, millis(7));
  CHECK(l.around.deadlines.next() == after(l.node.now.steady, millis(7)));
}

TEST_CASE(
    "what is committed is told, and read by who wants committed records up to the first open transaction") {
  scripted_leader l({self});
  std::vector<std::int64_t> heard;
  l.led->set_commit_listener([&](offset to) { heard.push_back(to.value); });
  l.produce();
  l.sync();
  CHECK(heard == std::vector<std::int64_t>{1});
  const auto open = log::test::make_batch({.producer = producer_id(7),
                                           .epoch = producer_epoch(0),
                                           .first_sequence = sequence(0),
                                           .transactional = true});
  REQUIRE(l.led->append(open, log::append_origin::coordinator, l.node.now));
  l.sync();
  CHECK(l.watermark() == 2);
  CHECK(l.led->readable_end(isolation::read_uncommitted) == offset(2));
  CHECK(l.led->readable_end(isolation::read_committed) == offset(1));
  CHECK(*l.led->delete_records(offset(0)) == offset(0));
  l.led->lose();
  l.led->lead(l.leadership_of(2, 2, {self}));
  CHECK_FALSE(l.led->leading());
  CHECK(l.led->check_reader(leader_epoch(1)) == error_code::kafka_storage_error);
}

TEST_CASE("what may be served, and by whom, is said of the epoch first") {
  scripted_leader l;
  l.led->resign();
  CHECK(l.led->check_leader(leader_epoch(0)) == error_code::fenced_leader_epoch);
  CHECK(l.led->check_reader(leader_epoch(0)) == error_code::fenced_leader_epoch);
  CHECK(l.led->check_leader(leader_epoch(1)) == error_code::not_leader_or_follower);
}

TEST_CASE("a batch as large as is allowed is taken, and one as old or as new as is allowed") {
  scripted_leader l({self});
  const auto size = log::test::make_batch({}).size();
  partition_settings how;
  how.max_message_bytes = size;
  how.log.segment_bytes = static_cast<std::int32_t>(size);
  how.timestamp_before_max = how.timestamp_after_max = millis(10);
  l.led->configure(std::make_shared<partition_settings>(how));
  for (const auto& [wall, allowed] : {std::pair{1010, true}, {1011, false}, {990, true}, {989, false}}) {
    CAPTURE(wall);
    l.node.now.wall = timestamp(wall);  // the batch is of 1000
    const auto answer = l.produce();
    l.sync();
    REQUIRE(*answer);
    CHECK((*answer)->failure == (allowed ? error_code::none : error_code::invalid_timestamp));
  }
  l.node.now.wall = timestamp(1000);
  how.timestamp_before_max = how.timestamp_after_max = millis::max();
  l.led->configure(std::make_shared<partition_settings>(how));
  const auto answer = l.produce();
  l.sync();
  CHECK((*answer)->failure == error_code::none);
}

TEST_CASE("a topic's own time and codec are written into the batch, and said where it is the time") {
  scripted_leader l({self});
  l.node.now.wall = timestamp(4321);
  const auto taken = [&](partition_settings how) {
    l.led->configure(std::make_shared<partition_settings>(std::move(how)));
    const auto at = l.node.log->end();
    const auto answer = l.produce();
    l.sync();
    REQUIRE(*answer);
    CHECK((*answer)->failure == error_code::none);
    wire::batch_reader reader(buffer_slice::own(l.node.read(at)->batches.flatten()));
    wire::batch_view batch;
    REQUIRE(reader.next(batch) == wire::batch_reader::step::batch);
    return std::tuple(batch.attributes().codec(), batch.header().max_timestamp, (*answer)->append_time);
  };
  using wire::codec;
  CHECK(taken({}) == std::tuple(codec::none, timestamp(1000), timestamp()));
  CHECK(taken({.log_append_time = true}) == std::tuple(codec::none, timestamp(4321), timestamp(4321)));
  partition_settings smaller;
  smaller.recompress_with = wire::compression{codec::lz4, std::nullopt};
  CHECK(taken(smaller) == std::tuple(codec::lz4, timestamp(1000), timestamp()));
  smaller.log_append_time = true;
  CHECK(taken(smaller) == std::tuple(codec::lz4, timestamp(4321), timestamp(4321)));
}
