// Whom a leader waits for before records are deleted for good, and who does not join meanwhile.
#include "scripted_leader.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;
using namespace klamm::broker::replica::test;

namespace {

/// Its only record is deleted, and who waits for that is told.
struct deleting_leader : scripted_leader {
  explicit deleting_leader(bool keeps_starts) : scripted_leader({self, two}) {
    node.keeps_starts = keeps_starts;
    produce();
    sync();
    fetch(two, 1);
    REQUIRE(*led->delete_records(offset(1)) == offset(1));
    led->await_deletion(offset(1), millis(500), [this](deleted done) { told = done; });
    fetch(two, 1, -2, offset(1));
  }
  std::optional<deleted> told;
};

}  // namespace

TEST_CASE("records are deleted when every replica that lives has deleted them, in sync or not") {
  deleting_leader l(true);
  SUBCASE("the last one has") {
    CHECK_FALSE(l.told);
    l.fetch(three, 1, -2, offset(1));
    REQUIRE(l.told);
    CHECK(l.told->failure == error_code::none);
    CHECK(l.told->low_watermark == offset(1));
  }
  SUBCASE("the last one is gone") {
    l.control.brokers.at(three).fenced = true;
    l.led->on_brokers_changed();
    REQUIRE(l.told);
    CHECK(l.told->failure == error_code::none);
  }
  SUBCASE("the last one takes too long") {
    l.pass(millis(500));
    REQUIRE(l.told);
    CHECK(l.told->failure == error_code::request_timed_out);
  }
  SUBCASE("another leads before that") {
    l.led->resign();
    REQUIRE(l.told);
    CHECK(l.told->failure == error_code::not_leader_or_follower);
  }
}

TEST_CASE("a broker that is away counts where it may lead when it comes back") {
  deleting_leader l(true);
  auto led = l.leadership_of(1, 2, {self, two});
  led.eligible = {three};
  l.led->lead(led);
  l.control.brokers.at(three).fenced = true;
  l.led->on_brokers_changed();
  CHECK_FALSE(l.told);
  l.pass(millis(500));
  REQUIRE(l.told);
  CHECK(l.told->failure == error_code::request_timed_out);
}

TEST_CASE("a member that is fenced in the same change that makes it eligible holds deletions all along") {
  scripted_leader l({self, two}, 2);
  l.produce();
  l.sync();
  l.fetch(two, 1);
  l.fetch(three, 1, -2, offset(1));
  bool told = false;
  REQUIRE(*l.led->delete_records(offset(1)) == offset(1));
  l.led->await_deletion(offset(1), millis(5000), [&](deleted) { told = true; });
  SUBCASE("it lives until then") {}
  SUBCASE("it had lagged, and the answer to the leader's own proposal is known before all of that") {
    l.produce(required_acks::leader);
    l.sync();
    l.pass(millis(1001));
    REQUIRE(l.control.open.size() == 1);
    l.accept(2, {self});
  }
  l.control.brokers.at(two).fenced = true;  // brokers are known first
  l.led->on_brokers_changed();
  CHECK_FALSE(told);
  auto led = l.leadership_of(1, 2, {self});
  led.eligible = {two};
  l.led->lead(led);
  l.led->on_brokers_changed();
  CHECK_FALSE(told);
  led.eligible.clear();  // by the next change: nobody asks after it any more
  led.partition_epoch = 3;
  l.led->lead(led);
  CHECK(told);
}

TEST_CASE("who is eligible no more since others joined does not hold deletions") {
  scripted_leader l({self}, 2);
  auto led = l.leadership_of(1, 2, {self});
  led.eligible = {two, three};
  l.led->lead(led);
  l.control.brokers.at(three).fenced = true;
  l.led->on_brokers_changed();
  l.fetch(two, 0);
  REQUIRE(l.control.open.size() == 1);
  l.accept(3, {self, two});
  l.led->lead(l.leadership_of(1, 3, {self, two}));  // the metadata of the same change
  l.produce();
  l.sync();
  l.fetch(two, 1);
  std::optional<deleted> told;
  REQUIRE(*l.led->delete_records(offset(1)) == offset(1));
  l.led->await_deletion(offset(1), millis(5000), [&](deleted done) { told = done; });
  l.fetch(two, 1, -2, offset(1));
  REQUIRE(told);
  CHECK(told->failure == error_code::none);
}

TEST_CASE("records are not deleted for good before the leader's own disk knows") {
  deleting_leader l(false);
  l.fetch(three, 1, -2, offset(1));
  CHECK_FALSE(l.told);
  l.node.log->start_is_durable(offset(1));
  l.led->on_durable();
  REQUIRE(l.told);
  CHECK(l.told->failure == error_code::none);
}

TEST_CASE("a follower that might show what was deleted does not join") {
  scripted_leader l({self, two});
  l.produce();
  l.sync();
  l.fetch(two, 1);
  l.control.brokers.at(three).fenced = true;
  REQUIRE(*l.led->delete_records(offset(1)) == offset(1));
  SUBCASE("somebody was told that it is") {
    bool told = false;
    l.led->await_deletion(offset(1), millis(500),
                          [&](deleted done) { told = done.failure == error_code::none; });
    l.fetch(two, 1, -2, offset(1));
    REQUIRE(told);
    l.control.brokers.at(three).fenced = false;
    l.fetch(three, 1);
    CHECK(l.control.open.empty());
    l.fetch(three, 1, -2, offset(1));
  }
  SUBCASE("nobody was promised anything") {
    l.control.brokers.at(three).fenced = false;
    l.fetch(three, 1);
  }
  REQUIRE(l.control.open.size() == 1);
  CHECK(l.proposed() == nodes{self, two, three});
}

TEST_CASE("who leads no more has nobody wait for a deletion") {
  scripted_leader l;
  l.led->resign();
  std::optional<deleted> told;
  l.led->await_deletion(offset(1), millis(500), [&](deleted done) { told = done; });
  REQUIRE(told);
  CHECK(told->failure == error_code::not_leader_or_follower);
  CHECK(told->low_watermark == offset(-1));
}

TEST_CASE("a replica of a broker that nobody knows holds no deletion, unless it is in sync") {
  deleting_leader l(true);
  l.control.brokers.erase(three);
  l.led->on_brokers_changed();
  REQUIRE(l.told);
  CHECK(l.told->failure == error_code::none);
}

TEST_CASE("somebody who waits for more than is deleted promises no more than is") {
  scripted_leader l({self, two});
  l.node.keeps_starts = true;
  l.produce();
  l.produce();
  l.sync();
  l.fetch(two, 2);
  REQUIRE(*l.led->delete_records(offset(1)) == offset(1));
  l.led->await_deletion(offset(2), millis(500), [](deleted) {});
  l.fetch(two, 2, -2, offset(1));
  l.fetch(three, 2, -2, offset(1));  // which has deleted as much as anybody, and joins
  REQUIRE(l.control.open.size() == 1);
  CHECK(l.proposed() == nodes{self, two, three});
}
