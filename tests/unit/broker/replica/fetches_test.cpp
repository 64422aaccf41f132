// Fetches that wait, and sessions over many of them (KIP-227).
#include "broker/replica/fetches.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "fetching_node.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;
using namespace klamm::broker::replica::test;

TEST_CASE("a fetch at the end waits for records, and has them when they come") {
  fetching_node f;
  const auto answer = f.fetch({.partitions = {{0}, {1}}});
  CHECK(!*answer);
  CHECK(f.waiting.waiting() == 1);
  f.produce(1);
  REQUIRE(*answer);
  CHECK((*answer)->ids() == list{0, 1});  // a full answer names every partition
  CHECK((*answer)->partitions[0].bytes == 0);
  CHECK((*answer)->partitions[1].bytes > 0);
  CHECK((*answer)->partitions[1].high_watermark == offset(1));
  CHECK(f.waiting.waiting() == 0);
  CHECK(f.waiting.deadline() == never);
}

TEST_CASE("a fetch that nothing comes for is answered when max_wait is over, not before") {
  fetching_node f;
  const auto answer = f.fetch({.partitions = {{0}}, .max_wait_ms = 500});
  CHECK(f.waiting.deadline() == f.node.now.steady + std::chrono::milliseconds(500));
  f.pass(499);
  CHECK(!*answer);
  f.pass(1);
  REQUIRE(*answer);
  CHECK((*answer)->partitions[0].bytes == 0);
  CHECK((*answer)->partitions[0].failure == error_code::none);
  CHECK(*f.fetch({.partitions = {{0}}, .max_wait_ms = 0}));
}

TEST_CASE("min_bytes counts what all partitions have together") {
  fetching_node f;
  const auto one = static_cast<std::int32_t>(log::test::make_batch({}).size());
  const auto answer = f.fetch({.partitions = {{0}, {1}}, .min_bytes = one + 1});
  f.produce(0);
  CHECK(!*answer);
  f.produce(1);
  REQUIRE(*answer);
  CHECK((*answer)->partitions[0].bytes > 0);
  CHECK((*answer)->partitions[1].bytes > 0);
}

TEST_CASE("what comes to one partition while a fetch waits is added to what it had") {
  fetching_node f;
  const auto one = static_cast<std::int32_t>(log::test::make_batch({}).size());
  f.produce(0);
  const auto answer = f.fetch({.partitions = {{0}, {1}}, .min_bytes = 3 * one});
  f.produce(0);
  CHECK(!*answer);
  SUBCASE("until it is enough") {
    f.produce(0);
    REQUIRE(*answer);
    CHECK((*answer)->partitions[0].bytes == static_cast<std::size_t>(3 * one));
  }
  SUBCASE("or the time is over") {
    f.pass(500);
    REQUIRE(*answer);
    CHECK((*answer)->partitions[0].bytes == static_cast<std::size_t>(2 * one));
  }
  SUBCASE("unless the log was cut meanwhile") {
    auto& cut = *f.all.find("orders", partition_id(0));
    f.node.expect([&](log::done_handler done) { cut.log().truncate_to(offset(1), std::move(done)); });
    cut.watchers(watched_for::commits).notify();
    f.waiting.run(f.node.now);
    f.pass(500);
    REQUIRE(*answer);
    CHECK((*answer)->partitions[0].bytes == static_cast<std::size_t>(one));
  }
  CHECK((*answer)->partitions[1].bytes == 0);
}

TEST_CASE("min_bytes above max_bytes asks for no more than max_bytes") {
  fetching_node f;
  const auto one = static_cast<std::int32_t>(log::test::make_batch({}).size());
  for (int i = 0; i < 3; ++i) f.produce(0);
  const auto answer = f.fetch({.partitions = {{0}}, .min_bytes = 1 << 30, .max_bytes = one + one / 2});
  REQUIRE(*answer);
  CHECK((*answer)->partitions[0].bytes == static_cast<std::size_t>(one));
}

TEST_CASE("an error is told at once, beside partitions that would have waited") {
  fetching_node f;
  const auto answer = f.fetch({.partitions = {{0}, {7}, {1, 99}}});
  REQUIRE(*answer);
  CHECK((*answer)->partitions[0].failure == error_code::none);
  CHECK((*answer)->partitions[1].failure == error_code::unknown_topic_or_partition);
  CHECK((*answer)->partitions[2].failure == error_code::offset_out_of_range);
  CHECK((*answer)->partitions[2].high_watermark == offset(-1));
}

TEST_CASE("a leader that resigns ends the wait of those who fetch from it") {
  fetching_node f;
  const auto answer = f.fetch({.partitions = {{0}}});
  f.all.find("orders", partition_id(0))->resign();
  f.waiting.run(f.node.now);
  REQUIRE(*answer);
  CHECK((*answer)->partitions[0].failure == error_code::not_leader_or_follower);
}

TEST_CASE("a session's answers have what is new, and nothing else (KIP-227)") {
  fetching_node f;
  const auto opened = f.fetch({.partitions = {{0}, {1}}, .max_wait_ms = 0, .epoch = 0});
  REQUIRE(*opened);
  const auto id = (*opened)->session;
  CHECK(id != 0);
  CHECK((*opened)->ids() == list{0, 1});

  CHECK((*f.fetch({.max_wait_ms = 0, .session = id, .epoch = 1}))->partitions.empty());
  const auto waits = f.fetch({.session = id, .epoch = 2});
  CHECK(!*waits);
  f.produce(1);
  REQUIRE(*waits);
  CHECK((*waits)->ids() == list{1});

  // Partition 1 goes on behind what it had; 0 is forgotten, and its news with it.
  CHECK((*f.fetch({.partitions = {{1, 1}}, .max_wait_ms = 0, .session = id, .epoch = 3, .forgotten = {0}}))
            ->partitions.empty());
  f.produce(0);
  CHECK((*f.fetch({.max_wait_ms = 0, .session = id, .epoch = 4}))->partitions.empty());
}

TEST_CASE("records that the client did not move past come again") {
  fetching_node f;
  const auto id = (*f.fetch({.partitions = {{0}}, .max_wait_ms = 0, .epoch = 0}))->session;
  f.produce(0);
  for (const std::int32_t epoch : {1, 2})
    CHECK((*f.fetch({.max_wait_ms = 0, .session = id, .epoch = epoch}))->ids() == list{0});
  CHECK(
      (*f.fetch({.partitions = {{0, 1}}, .max_wait_ms = 0, .session = id, .epoch = 3}))->partitions.empty());
}

TEST_CASE("a session takes its epochs in turn, one request at a time") {
  fetching_node f;
  const auto id = (*f.fetch({.partitions = {{0}}, .max_wait_ms = 0, .epoch = 0}))->session;
  CHECK((*f.fetch({.session = id + 1, .epoch = 1}))->failure == error_code::fetch_session_id_not_found);
  CHECK((*f.fetch({.session = id, .epoch = 2}))->failure == error_code::invalid_fetch_session_epoch);
  const auto first = f.fetch({.session = id, .epoch = 1});
  CHECK(!*first);
  CHECK((*f.fetch({.session = id, .epoch = 2}))->failure == error_code::invalid_fetch_session_epoch);
  f.pass(500);
  CHECK(*first);
  SUBCASE("and ends with a full fetch of epoch -1") {
    CHECK((*f.fetch({.partitions = {{0}}, .max_wait_ms = 0, .session = id, .epoch = -1}))->session == 0);
    CHECK((*f.fetch({.session = id, .epoch = 2}))->failure == error_code::fetch_session_id_not_found);
  }
  SUBCASE("and goes on otherwise") {
    CHECK((*f.fetch({.max_wait_ms = 0, .session = id, .epoch = 2}))->failure == error_code::none);
  }
}

TEST_CASE("a full cache keeps a session that was used in the last two minutes") {
  fetching_node f({.sessions = {.slots = 1}});
  const fetch_spec opening{.partitions = {{0}}, .max_wait_ms = 0, .epoch = 0};
  const auto id = (*f.fetch(opening))->session;
  f.pass(119'999);
  CHECK((*f.fetch(opening))->session == 0);  // goes on with full fetches
  f.pass(1);
  const auto next = (*f.fetch(opening))->session;
  CHECK(next != 0);
  CHECK((*f.fetch({.session = id, .epoch = 1}))->failure == error_code::fetch_session_id_not_found);
}

TEST_CASE("a fetch of more partitions than there is room for is answered at once, and holds none of them") {
  fetching_node f({.sessions = {.partitions = 1, .small = 1}});
  CHECK((*f.fetch({.partitions = {{0}, {1}}}))->partitions.size() == 2);
  CHECK(f.waiting.waiting() == 0);
  CHECK(!f.fetch({.partitions = {{0}}})->has_value());  // a small one waits
}

TEST_CASE("a partition that had no room is the first of the next fetch") {
  fetching_node f;
  const auto id = (*f.fetch({.partitions = {{0}, {1}}, .max_wait_ms = 0, .epoch = 0}))->session;
  for (const std::int32_t partition : {0, 1})
    for (int i = 0; i < 3; ++i) f.produce(partition);
  std::vector<std::int64_t> next = {0, 0};
  list order;
  std::int32_t moved = -1;
  for (std::int32_t epoch = 1; epoch <= 6; ++epoch) {
    fetch_spec spec{.max_bytes = 1, .max_wait_ms = 0, .session = id, .epoch = epoch};
    if (moved >= 0) spec.partitions = {{moved, next[static_cast<std::size_t>(moved)]}};
    const auto answer = f.fetch(spec);
    for (const auto& p : (*answer)->partitions)
      if (p.bytes > 0) order.push_back(moved = p.id.value);
    ++next[static_cast<std::size_t>(moved)];
  }
  CHECK(order == list{0, 1, 0, 1, 0, 1});
}

namespace {

/// One partition's part of a request, and of its answer.
struct asking {
  explicit asking(fetching_node& of) : of_(of) {
    request.max_wait_ms = millis(0);
    request.max_bytes = 1 << 20;
    request.session_epoch = -1;
    request.topics.emplace_back().topic = "orders";
    part().partition_max_bytes = 1 << 20;
  }
  wire::fetch_request::fetch_partition& part() {
    auto& all = request.topics[0].partitions;
    return all.empty() ? all.emplace_back() : all[0];
  }
  struct said {
    std::size_t topics = 0;
    wire::fetch_response::partition_data data;
    std::size_t bytes = 0;
  };
  said answer() {
    said out;
    of_.waiting.fetch(
        request, of_.next_connection(),
        [&](const wire::fetch_response& response) {
          out.topics = response.responses.size();
          if (out.topics == 0) return;
          const auto& from = response.responses[0].partitions.at(0);
          out.bytes = from.records ? from.records->size() : 0;
          out.data = {};
          out.data.error_code = from.error_code;
          out.data.diverging_epoch = from.diverging_epoch;
          out.data.aborted_transactions = from.aborted_transactions;
        },
        of_.node.now);
    of_.node.settle();
    of_.waiting.run(of_.node.now);
    return out;
  }
  wire::fetch_request request;

 private:
  fetching_node& of_;
};

}  // namespace

TEST_CASE("who reads committed records only is told of aborted transactions, who reads all is not") {
  fetching_node n;
  n.produce(0);
  asking one(n);
  CHECK_FALSE(one.answer().data.aborted_transactions);
  one.request.isolation_level = 1;
  REQUIRE(one.answer().data.aborted_transactions);
  CHECK(one.answer().data.aborted_transactions->empty());
  CHECK(one.answer().bytes > 0);
}

TEST_CASE(
    "a topic is found by its name or by its id, and a topic that is not there is said to be unknown so") {
  fetching_node n;
  n.produce(0);
  asking one(n);
  CHECK(one.answer().bytes > 0);
  one.request.topics[0].topic = "nobody's";
  CHECK(one.answer().data.error_code == error_code::unknown_topic_or_partition);
  one.request.topics[0].topic = "";
  one.request.topics[0].topic_id = n.topic_id;
  CHECK(one.answer().bytes > 0);
  one.request.topics[0].topic_id = *parse_uuid("AAAAAAAAAAAAAAAAAAAAAQ");
  CHECK(one.answer().data.error_code == error_code::unknown_topic_id);
}

TEST_CASE(
    "a reader whose last epoch ends before its offset is told where, and one of no such epoch is out of "
    "range") {
  fetching_node n;
  auto& led = *n.all.find("orders", partition_id(0));
  n.produce(0);
  n.produce(0);
  led.lead({leader_epoch(3), n.self, {n.self}, {n.self}, 1});
  n.produce(0);
  asking one(n);
  const auto diverges = [&](int last, std::int64_t from) {
    one.part().last_fetched_epoch = leader_epoch(last);
    one.part().fetch_offset = offset(from);
    return one.answer();
  };
  CHECK(diverges(0, 2).data.diverging_epoch.epoch.value < 0);
  CHECK(diverges(0, 2).bytes > 0);
  const auto past = diverges(0, 3);  // epoch 0 is an epoch
  CHECK(past.data.diverging_epoch.epoch == leader_epoch(0));
  CHECK(past.data.diverging_epoch.end_offset == offset(2));
  CHECK(past.bytes == 0);
  const auto between = diverges(2, 2);
  CHECK(between.data.diverging_epoch.epoch == leader_epoch(0));
  CHECK(diverges(3, 3).data.diverging_epoch.epoch.value < 0);
  CHECK(diverges(9, 3).data.error_code == error_code::offset_out_of_range);
  CHECK(diverges(-1, 4).data.error_code == error_code::offset_out_of_range);
}

TEST_CASE(
    "a partition gives no more than it is asked for, but one batch, and nothing before the start of its "
    "log") {
  fetching_node n;
  for (int i = 0; i < 4; ++i) n.produce(0);
  const auto one_batch = log::test::make_batch({}).size();
  asking one(n);
  CHECK(one.answer().bytes == 4 * one_batch);
  one.part().partition_max_bytes = static_cast<std::int32_t>(2 * one_batch);
  CHECK(one.answer().bytes == 2 * one_batch);
  one.part().partition_max_bytes = 1;
  CHECK(one.answer().bytes == one_batch);
  one.part().fetch_offset = offset(4);
  CHECK(one.answer().bytes == 0);
  REQUIRE(n.all.find("orders", partition_id(0))->delete_records(offset(2)));
  one.part().fetch_offset = offset(1);
  CHECK(one.answer().data.error_code == error_code::offset_out_of_range);
  one.part().last_fetched_epoch = leader_epoch(0);
  CHECK(one.answer().data.error_code == error_code::offset_out_of_range);
}

TEST_CASE("partitions of one topic are answered together, those of others apart") {
  fetching_node n;
  n.produce(0);
  asking one(n);
  one.request.topics[0].partitions.emplace_back(one.part()).partition = partition_id(1);
  CHECK(one.answer().topics == 1);
  one.request.topics.emplace_back(one.request.topics[0]).topic = "others";
  CHECK(one.answer().topics == 2);
}
