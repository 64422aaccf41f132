// Followers whose leader is played by the test: what their fetcher asks, and what each answer makes of them.
#include "scripted_follower.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;
using namespace klamm::broker::replica::test;

TEST_CASE("the first fetch names everything, those of the session behind it what is another than it knows") {
  scripted_follower f;
  CHECK(f.script.fetches.back().leader == two);
  CHECK(f.open().session_id == 0);
  CHECK(f.open().session_epoch == 0);
  CHECK(f.open().replica_state.replica_id == self);
  CHECK(f.open().replica_state.replica_epoch == 11);
  CHECK(f.open().max_wait_ms == millis(321));
  REQUIRE(f.open().topics.size() == 1);
  REQUIRE(f.named() == 2);
  CHECK(f.open().topics[0].partitions[0].current_leader_epoch == leader_epoch(1));
  CHECK(f.open().topics[0].partitions[0].fetch_offset == offset(0));
  f.answer({f.about(0), f.about(1)});
  CHECK(f.open().session_id == 7);
  CHECK(f.open().session_epoch == 1);
  CHECK(f.named() == 0);
  f.answer({f.records(1, 0, 3)}, 0);
  CHECK(f.script.fetches.empty());  // not before the disk has them
  f.sync();
  CHECK(f.open().session_id == 7);
  CHECK(f.open().session_epoch == 2);
  REQUIRE(f.named() == 1);
  CHECK(f.open().topics[0].partitions[0].partition == partition_id(1));
  CHECK(f.open().topics[0].partitions[0].fetch_offset == offset(3));
  CHECK(f.open().topics[0].partitions[0].last_fetched_epoch == leader_epoch(1));
  CHECK(f.open().forgotten_topics_data.empty());
  f.pass(millis(1000));
  CHECK(f.script.fetches.size() == 1);  // one at a time
}

TEST_CASE(
    "without a session every fetch names everything, from the partition behind the one that had records") {
  scripted_follower f;
  f.answer({f.records(0, 0, 1), f.about(1)}, 0);
  f.sync();
  CHECK(f.open().session_epoch == 0);
  REQUIRE(f.named() == 2);
  CHECK(f.open().topics[0].partitions[0].partition == partition_id(1));
  f.answer({f.about(0), f.about(1)}, 0);
  REQUIRE(f.named() == 2);
  CHECK(f.open().topics[0].partitions[0].partition == partition_id(1));
}

TEST_CASE("a session that the leader has dropped is opened anew at once") {
  for (const auto why : {error_code::fetch_session_id_not_found, error_code::invalid_fetch_session_epoch}) {
    scripted_follower f;
    f.answer({f.about(0), f.about(1)});
    f.answer({}, 0, why);
    CHECK(f.open().session_id == 0);
    CHECK(f.open().session_epoch == 0);
    CHECK(f.named() == 2);
    f.answer({}, 0, why);  // there was none to be dropped
    CHECK(f.script.fetches.empty());
  }
}

TEST_CASE("what fails otherwise is tried again after a pause that grows, from the beginning") {
  scripted_follower f;
  f.answer({f.about(0), f.about(1)});
  f.tell(error(error_code::network_exception));
  CHECK(f.script.fetches.empty());
  CHECK(f.fetching.deadline() == after(f.first.now.steady, millis(20)));
  f.pass(millis(19));
  CHECK(f.script.fetches.empty());
  f.pass(millis(1));
  CHECK(f.open().session_epoch == 0);
  CHECK(f.named() == 2);
  f.answer({}, 0, error_code::unknown_server_error);
  f.pass(millis(39));
  CHECK(f.script.fetches.empty());
  f.pass(millis(1));
  f.answer({f.about(0), f.about(1)});
  f.tell(error(error_code::network_exception));
  f.pass(millis(20));
  CHECK(f.script.fetches.size() == 1);  // short again
}

TEST_CASE("who follows no more is forgotten in the session, and asks for nothing in the next") {
  scripted_follower f;
  f.answer({f.about(0), f.about(1)});
  f.b->lead(f.led_by(three, 2));
  f.fetching.run();
  REQUIRE(f.script.fetches.size() == 2);  // the other leader is asked
  CHECK(f.script.fetches.back().leader == three);
  f.script.fetches.pop_back();
  f.answer({}, 0);
  REQUIRE(f.open().forgotten_topics_data.size() == 1);
  CHECK(f.open().forgotten_topics_data[0].partitions == std::vector{partition_id(1)});
  CHECK(f.named() == 0);
  f.answer({f.records(1, 0, 3)}, 0);  // too late
  CHECK(f.second.log->end() == offset(0));
  CHECK(f.open().forgotten_topics_data.empty());
  f.a->resign();
  f.answer({}, 0);
  CHECK(f.script.fetches.empty());  // there is nobody to fetch for
}

TEST_CASE("a follower takes no answer to what it asked in another epoch or from another end") {
  scripted_follower f;
  f.a->lead(f.led_by(two, 2));
  f.answer({f.records(0, 0, 3), f.about(1)});
  CHECK(f.first.log->end() == offset(0));
  f.a->lead(f.led_by(two, 1));  // older metadata
  CHECK(f.a->follower()->led().epoch == leader_epoch(2));
  f.fetching.run();
  f.answer({f.records(0, 0, 3, 2)});
  CHECK(f.first.log->end() == offset(3));
}

TEST_CASE("a follower has the leader's high watermark and start, as far as its own log goes") {
  scripted_follower f;
  std::vector<std::int64_t> heard;
  f.a->set_commit_listener([&](offset to) { heard.push_back(to.value); });
  f.answer({f.records(0, 0, 3, 1, 2), f.about(1)});
  CHECK(f.a->high_watermark() == offset(2));
  CHECK(heard.empty());  // it does not lead
  f.sync();
  auto told = f.about(0, 9);
  told.log_start_offset = offset(1);
  f.answer({told});
  CHECK(f.a->high_watermark() == offset(3));
  CHECK(f.first.log->start() == offset(1));
}

TEST_CASE("a follower of whose records the leader has none takes a batch that begins among them") {
  scripted_follower f;
  f.answer({f.records(0, 0, 5, 0), f.about(1)});
  f.sync();
  auto said = f.records(0, 3, 5, 1, 8);
  SUBCASE("but not while the leader has some: there the two would have to part") {
    said.log_start_offset = offset(4);
    f.answer({said});
    CHECK(f.of_first() == state::backing_off);
    CHECK(f.first.log->end() == offset(5));
  }
  SUBCASE("all are deleted there") {
    said.log_start_offset = offset(5);
    f.answer({said});
    f.sync();
    CHECK(f.first.log->start() == offset(5));
    CHECK(f.first.log->end() == offset(8));
    CHECK(f.first.log->latest_epoch() == leader_epoch(1));
    CHECK(f.of_first() == state::fetching);
  }
}

TEST_CASE("a log that parts from the leader's is cut by epochs, and waits for its disk") {
  scripted_follower f;
  f.answer({f.records(0, 0, 5), f.about(1)});
  f.sync();
  f.answer({f.parting()});
  CHECK(f.of_first() == state::truncating);
  CHECK(f.script.fetches.empty());
  f.sync();
  CHECK(f.first.log->end() == offset(0));  // the batch that offset 2 lies in goes whole
  CHECK(f.of_first() == state::fetching);
  CHECK(f.named() == 1);
}

TEST_CASE("a follower out of the leader's range asks for it, and begins anew, or is cut, or tries again") {
  scripted_follower f;
  f.answer({f.records(0, 0, 5), f.about(1)});
  f.sync();
  auto out = f.about(0);
  out.error_code = error_code::offset_out_of_range;
  f.answer({out});
  REQUIRE(f.script.ranges.size() == 1);
  CHECK(f.script.ranges[0].first.leader_epoch == leader_epoch(1));
  CHECK(f.of_first() == state::asking_range);
  CHECK(f.named() == 0);
  auto tell = std::move(f.script.ranges[0].second);
  SUBCASE("the leader's log begins behind") {
    tell(leader_range{offset(9), offset(12)});
    f.sync();
    CHECK(f.first.log->start() == offset(9));
    CHECK(f.first.log->end() == offset(9));
    CHECK(f.of_first() == state::fetching);
  }
  SUBCASE("the leader's log ends before") {
    tell(leader_range{offset(0), offset(0)});
    f.sync();
    CHECK(f.first.log->end() == offset(0));
    CHECK(f.of_first() == state::fetching);
  }
  SUBCASE("it is in range now") {
    tell(leader_range{offset(5), offset(5)});
    CHECK(f.of_first() == state::backing_off);
    CHECK(f.first.log->end() == offset(5));
  }
  SUBCASE("nobody knows") {
    tell(error(error_code::not_leader_or_follower));
    CHECK(f.of_first() == state::backing_off);
    f.pass(millis(19));
    CHECK(f.of_first() == state::backing_off);
    f.pass(millis(1));
    CHECK(f.of_first() == state::fetching);
  }
  SUBCASE("it was asked in an epoch that is over") {
    f.a->lead(f.led_by(two, 2));
    tell(leader_range{offset(9), offset(12)});
    f.sync();
    CHECK(f.first.log->end() == offset(5));
  }
}

TEST_CASE("an error of one partition concerns that one") {
  scripted_follower f;
  auto failed = f.about(0);
  SUBCASE("a leader that is over is waited for") {
    failed.error_code = error_code::fenced_leader_epoch;
    f.answer({failed, f.about(1)});
    CHECK(f.of_first() == state::awaiting_leader);
    f.pass(millis(5000));
    CHECK(f.of_first() == state::awaiting_leader);
    CHECK(f.open().forgotten_topics_data.size() == 1);
  }
  SUBCASE("others pass") {
    failed.error_code = error_code::unknown_leader_epoch;
    f.answer({failed, f.about(1)});
    CHECK(f.of_first() == state::backing_off);
    f.a->on_durable();
    CHECK(f.of_first() == state::backing_off);
  }
  SUBCASE("so do damaged records") {
    auto bad = f.records(0, 0, 3);
    auto bytes = bad.records->chain().flatten();
    bytes.back() ^= std::byte{1};
    bad.records = wire::records_field(buffer_slice::own(std::move(bytes)));
    f.answer({bad, f.about(1)});
    CHECK(f.of_first() == state::backing_off);
    CHECK(f.first.log->end() == offset(0));
  }
}

TEST_CASE(
    "an empty log that begins inside of the leader's first batch takes that batch, and begins where it did") {
  scripted_follower f;
  f.first.expect([&](log::done_handler done) { f.first.log->restart_at(offset(2), std::move(done)); });
  f.a->lead(f.led_by(two, 2));
  f.answer({f.about(0), f.about(1)});
  f.answer({f.records(0, 0, 5, 2)});
  CHECK(f.first.log->high_watermark() == offset(2));
  f.sync();
  CHECK(f.first.log->start() == offset(2));
  CHECK(f.first.log->end() == offset(5));
  CHECK(f.first.log->high_watermark() >= offset(2));
}

TEST_CASE("a log that is being cut is led once it takes appends again") {
  scripted_follower f;
  f.answer({f.records(0, 0, 5), f.about(1)});
  f.sync();
  auto parts = f.about(0);
  parts.diverging_epoch.epoch = leader_epoch(1);
  parts.diverging_epoch.end_offset = offset(0);
  f.answer({parts});
  REQUIRE(f.of_first() == state::truncating);
  f.a->lead(f.led_by(self, 3));
  CHECK(f.a->following());
  f.sync();
  CHECK(f.a->leading());
  CHECK(f.a->epoch() == leader_epoch(3));
  CHECK(f.first.log->end() == offset(0));
}

TEST_CASE("an answer that comes while the log is cut, or after it, is of another log") {
  scripted_follower f;
  f.answer({f.records(0, 0, 5), f.about(1)});
  f.sync();
  auto parts = f.about(0);
  parts.diverging_epoch.epoch = leader_epoch(0);  // epoch 0 is an epoch
  parts.diverging_epoch.end_offset = offset(0);
  f.answer({parts});
  CHECK(f.of_first() == state::truncating);
  f.a->lead(f.led_by(two, 1));
  f.sync();
  CHECK(f.first.log->end() == offset(0));
}
