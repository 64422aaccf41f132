// What a leader decides where it could go either way: repeats, refusals, decisions that are late, brokers nobody knows.
#include "scripted_leader.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;
using namespace klamm::broker::replica::test;

namespace {

/// A producer's batch, which may come again.
std::shared_ptr<std::optional<produced>> produce_once_more(scripted_leader& l, required_acks acks) {
  auto answer = std::make_shared<std::optional<produced>>();
  l.led->produce(
      buffer_slice::own(log::test::make_batch(
          {.producer = producer_id(7), .epoch = producer_epoch(0), .first_sequence = sequence(0)})),
      {.acks = acks, .timeout = millis(5000)}, l.contexts, l.node.now,
      [answer](produced done) { *answer = std::move(done); });
  return answer;
}
const nodes& isr_of(const scripted_leader& l) { return l.led->leader()->isr(); }
/// Time passes, and whoever has set an alarm is woken.
void ring(scripted_leader& l, millis time) {
  l.node.now.steady += time;
  for (int i = 0; i < 10 && l.around.deadlines.pop_due(l.node.now.steady); ++i) l.led->tick();
}

}  // namespace

TEST_CASE(
    "a repeat is answered at once where what it repeats is held as the repeat asks, and waits otherwise") {
  scripted_leader l;
  produce_once_more(l, required_acks::all);
  l.sync();
  CHECK(*produce_once_more(l, required_acks::leader));
  const auto all = produce_once_more(l, required_acks::all);
  CHECK_FALSE(*all);
  l.fetch(two, 1);
  l.fetch(three, 1);
  CHECK(*all);
  const auto late = produce_once_more(l, required_acks::all);
  REQUIRE(*late);
  CHECK((*late)->failure == error_code::none);
  CHECK((*late)->base == offset(0));
}

TEST_CASE("newer metadata of the same epoch do not move where the epoch began") {
  scripted_leader l({self, two});
  l.produce();
  l.sync();
  l.led->lead(l.leadership_of(1, 2, {self, two}));
  l.fetch(three, 0);  // at the high watermark, and where the epoch began
  CHECK(l.control.open.size() == 1);
}

TEST_CASE("one who is no follower fetches without consequences") {
  scripted_leader l;
  l.produce();
  l.sync();
  l.fetch(node_id(9), 1, 5);
  CHECK(l.watermark() == 0);
  CHECK(l.control.open.empty());
}

TEST_CASE("a broker that nobody knows is not outdated, nor in any rack; one that speaks of epoch 0 may be") {
  scripted_leader l;
  const auto outdated = [&](node_id id, std::int64_t epoch) {
    return l.led->leader()->is_outdated({id, epoch, offset(0), offset(0)});
  };
  CHECK(outdated(two, 0));
  CHECK_FALSE(outdated(two, 12));
  l.control.brokers.erase(three);
  CHECK_FALSE(outdated(three, 13));
  l.fetch(three, 0, 13);
  CHECK(l.led->leader()->nearest("c", offset(0)) == node_id());
}

TEST_CASE("a consumer without a rack, or in the leader's, stays with the leader, whoever else is there") {
  scripted_leader l;
  l.fetch(two, 0);
  const auto nearest = [&](std::string_view rack) { return l.led->leader()->nearest(rack, offset(0)); };
  l.control.brokers.at(two).rack = "a";
  CHECK(nearest("a") == node_id());
  l.control.brokers.at(two).rack = "";
  CHECK(nearest("") == node_id());
}

TEST_CASE("a consumer is sent to the follower that is furthest, and has not deleted what is asked for") {
  scripted_leader l;
  l.produce();
  l.produce();
  l.sync();
  for (const auto id : {two, three}) l.control.brokers.at(id).rack = "b";
  l.fetch(two, 1);
  l.fetch(three, 2);
  const auto nearest = [&](int at) { return l.led->leader()->nearest("b", offset(at)); };
  CHECK(nearest(1) == three);
  l.led->on_follower_fetch({three, 13, offset(2), offset(2)});
  CHECK(nearest(1) == two);
  CHECK(nearest(2) == three);
}

TEST_CASE("what is to be proposed again later is settled by newer metadata") {
  scripted_leader l({self, two});
  l.fetch(three, 0);
  l.decide(error_code::unknown_server_error);
  l.led->lead(l.leadership_of(1, 2, {self, two}));
  l.pass(millis(100));
  CHECK(l.control.open.empty());
}

TEST_CASE("while the controller owes an answer nothing else is proposed, newer metadata or not") {
  scripted_leader l({self, two});
  l.fetch(three, 0);
  REQUIRE(l.control.open.size() == 1);
  l.led->lead(l.leadership_of(1, 2, {self, two}));
  l.fetch(three, 0);
  CHECK(l.control.open.size() == 1);
  l.decide(error_code::invalid_update_version);
  l.fetch(three, 0);
  CHECK(l.control.open.size() == 1);
}

TEST_CASE("an answer of an earlier epoch is no answer to what this one has asked") {
  scripted_leader l({self, two});
  l.fetch(three, 0);
  auto old = std::move(l.control.open.back().second);
  l.control.open.clear();
  l.led->lead(l.leadership_of(2, 2, {self, two}));
  l.fetch(three, 0);
  REQUIRE(l.control.open.size() == 1);
  old(isr_decision{self, leader_epoch(1), 2, leader_recovery::recovered, {self}});
  CHECK(isr_of(l) == nodes{self, two});
  l.led->lead(l.leadership_of(2, 3, {self, two}));
  l.fetch(three, 0);
  CHECK(l.control.open.size() == 1);
}

TEST_CASE("a decision counts from the partition epoch on that is known, in this leader epoch") {
  scripted_leader l({self, two});
  l.fetch(three, 0);
  const nodes before{self, two}, both{self, two, three};
  SUBCASE("of the same partition epoch") {
    l.accept(1, both);
    CHECK(isr_of(l) == both);
  }
  SUBCASE("of an earlier one") {
    l.accept(0, {self});
    CHECK(isr_of(l) == before);
  }
  SUBCASE("of another leader epoch") {
    l.accept(9, {self}, 2);
    CHECK(isr_of(l) == before);
  }
  SUBCASE("of what newer metadata have settled") {
    l.led->lead(l.leadership_of(1, 2, both));
    l.accept(2, {self});
    CHECK(isr_of(l) == both);
  }
}

TEST_CASE(
    "metadata that are older than what the controller has answered are passed over, in the same leader epoch "
    "alone") {
  scripted_leader l({self, two});
  l.fetch(three, 0);
  l.accept(5, {self, two, three});
  SUBCASE("the same leader epoch") {
    l.led->lead(l.leadership_of(1, 4, {self}));
    CHECK(isr_of(l) == nodes{self, two, three});
  }
  SUBCASE("a newer one") {
    l.led->lead(l.leadership_of(2, 4, {self}));
    CHECK(isr_of(l) == nodes{self});
  }
}

TEST_CASE(
    "a member is proposed with the broker epoch that it said, the leader with the one it is registered "
    "with") {
  scripted_leader l({self, two});
  SUBCASE("which may be none") {
    l.fetch(three, 0, -1);
    REQUIRE(l.control.open.size() == 1);
    const auto& isr = l.control.open.back().first.isr;
    CHECK(isr[0] == isr_member{self, 11});
    CHECK(isr[1] == isr_member{two, -1});  // it has not fetched
    CHECK(isr[2] == isr_member{three, -1});
  }
  SUBCASE("and a leader that is not registered any more knows none") {
    l.control.brokers.erase(self);
    l.fetch(three, 0);
    REQUIRE(l.control.open.size() == 1);
    CHECK(l.control.open.back().first.isr[0] == isr_member{self, -1});
  }
}

TEST_CASE("the high watermark is told when it moves, and only then") {
  scripted_leader l;
  std::vector<std::int64_t> heard;
  l.led->set_commit_listener([&](offset to) { heard.push_back(to.value); });
  watcher who;
  watch_node node(who, watched_for::commits);
  node.watch(&*l.led);
  l.produce();
  l.sync();
  l.fetch(two, 1);
  CHECK_FALSE(node.ready());
  l.fetch(three, 1);
  l.pass(millis(1));
  l.fetch(three, 1);
  CHECK(heard == std::vector<std::int64_t>{1});
  CHECK(who.take_ready() == &node);
  l.fetch(two, 1);
  CHECK_FALSE(node.ready());
  node.watch(nullptr);
}

TEST_CASE("a leader is not woken about who has left the ISR long since") {
  scripted_leader l({self, two});
  l.produce();
  l.sync();
  l.fetch(two, 1);
  ring(l, millis(6000));  // the producer's time is over, too
  CHECK(l.around.deadlines.next() == never);
}

TEST_CASE("a leader is not woken about who lags while it may propose nothing") {
  scripted_leader l({self, two});
  l.fetch(three, 0);
  REQUIRE(l.control.open.size() == 1);
  SUBCASE("as the metadata are to say what became of its proposal") {
    l.decide(error_code::invalid_update_version);
  }
  SUBCASE("as the controller still owes an answer") { l.led->lead(l.leadership_of(1, 2, {self, two})); }
  l.produce(required_acks::all, millis(60'000));
  l.sync();
  ring(l, millis(1500));
  CHECK(l.around.deadlines.next() == after(l.node.now.steady, millis(58'500)));
}

TEST_CASE("what a coordinator appends that the log refuses is refused") {
  scripted_leader l({self});
  const auto marker = [&](int coordinator_epoch) {
    return l.led->append(log::test::make_marker(producer_id(7), producer_epoch(0), true, coordinator_epoch),
                         log::append_origin::coordinator, l.node.now);
  };
  CHECK(marker(5));
  CHECK(marker(4).code() == error_code::transaction_coordinator_fenced);
}

TEST_CASE("records are deleted as far as they are committed, not as far as the log goes") {
  scripted_leader l;
  l.produce();
  l.produce();
  l.sync();
  l.fetch(two, 1);
  l.fetch(three, 1);
  CHECK(l.led->delete_records(offset(2)).code() == error_code::offset_out_of_range);
  CHECK(*l.led->delete_records(offset(1)) == offset(1));
}

TEST_CASE("epoch 0 is an epoch that a follower of nothing here can name") {
  scripted_leader l;
  log::test::log_node node;
  node.create();
  partition other(*node.log, l.around, std::make_shared<partition_settings>());
  other.lead({leader_epoch(0), self, {self, two}, {self, two}});
  CHECK(other.check_follower(leader_epoch(0), {three, 13, offset(0), offset(0)}) ==
        error_code::unknown_leader_epoch);
  CHECK(other.check_follower(leader_epoch(-1), {three, 13, offset(0), offset(0)}) ==
        error_code::not_leader_or_follower);
}

TEST_CASE("a log that is lost is lost for whoever asks, in whatever epoch") {
  scripted_leader l;
  l.led->lose();
  for (const int epoch : {-1, 0, 1, 2}) {
    CHECK(l.led->check_leader(leader_epoch(epoch)) == error_code::kafka_storage_error);
    CHECK(l.led->check_reader(leader_epoch(epoch)) == error_code::kafka_storage_error);
  }
  CHECK(l.led->delete_records(offset(0)));
}

TEST_CASE("what a follower had before another broker led is not what it has") {
  scripted_leader l({self, two, three}, 2);
  l.produce();
  l.produce();
  const auto answer = l.produce();
  l.sync();
  l.fetch(two, 1);
  l.fetch(three, 3);
  REQUIRE(l.watermark() == 1);
  int epoch = 3, expected = 1;
  SUBCASE("node 2 led epoch 2, node 3 followed it and cut its log: this node hears of epoch 3 alone") {}
  SUBCASE("the next epoch is this leader's, too: nobody led between") {
    epoch = 2;
    expected = 3;
  }
  l.control.brokers.at(two).fenced = true;
  l.led->lead(l.leadership_of(epoch, 3, {self, three}));
  CHECK(l.watermark() == expected);
  CHECK(answer->has_value() == (expected == 3));
  l.fetch(three, 3);
  CHECK(l.watermark() == 3);
}

TEST_CASE("in a new epoch who is in sync has the whole lag time, and who is not has none") {
  scripted_leader l({self, two, three});
  l.fetch(two, 0);
  l.fetch(three, 0);
  l.produce(required_acks::leader);
  l.sync();
  l.pass(millis(900));
  l.led->lead(l.leadership_of(2, 2, {self, two}));
  l.pass(millis(200));
  CHECK(l.control.open.empty());  // neither is due: 900 ms of the second were of the epoch before
  CHECK(l.watermark() == 0);
  l.pass(millis(800));
  REQUIRE(l.control.open.size() == 1);
  CHECK(l.proposed() == nodes{self});
}
