// Fetches that wait, and sessions over many of them (KIP-227).
#include "broker/replica/fetches.hpp"

#include <memory>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "tests/unit/counting_entropy.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;

namespace {

/// What a client was told of one partition.
struct told {
  partition_id id;
  error_code failure;
  std::size_t bytes;
  offset high_watermark;
};
/// The answer to a fetch, without what it looks into.
struct answered {
  error_code failure = error_code::none;
  std::int32_t session = 0;
  std::vector<told> partitions;

  std::vector<std::int32_t> ids() const {
    std::vector<std::int32_t> out;
    for (const auto& p : partitions) out.push_back(p.id.value);
    return out;
  }
};
using place = std::shared_ptr<std::optional<answered>>;
using list = std::vector<std::int32_t>;

struct position {
  std::int32_t partition;
  std::int64_t from = 0;
};
/// The defaults are a consumer that opens no session, and waits 500 ms for one byte.
struct fetch_spec {
  std::vector<position> partitions = {};
  std::int32_t min_bytes = 1, max_bytes = 1 << 20;
  int max_wait_ms = 500;
  std::int32_t session = 0, epoch = -1;
  std::vector<std::int32_t> forgotten = {};
};

/// A node that leads orders-0 and orders-1.
struct fetching_node {
  explicit fetching_node(fetch_limits limits = {}) : waiting(all, limits, rng(2)) {
    node.expect([&](log::done_handler done) { all.open(std::move(done)); });
    std::vector<assignment> wanted;
    for (const std::int32_t id : {0, 1})
      wanted.push_back({{"orders", partition_id(id)},
                        topic_id,
                        {leader_epoch(0), self, {self}, {self}},
                        std::make_shared<partition_settings>()});
    all.apply(wanted, {}, [] {});
    node.settle();
    REQUIRE(all.all().size() == 2);
  }

  void produce(std::int32_t to, std::size_t value_size = 10) {
    all.find("orders", partition_id(to))
        ->produce(buffer_slice::own(log::test::make_batch({.value_size = value_size})), {}, node.contexts,
                  node.now, [](const produced& done) { REQUIRE(done.failure == error_code::none); });
    node.settle();
    waiting.run(node.now);
  }
  place fetch(const fetch_spec& spec) {
    wire::fetch_request request;
    request.min_bytes = spec.min_bytes;
    request.max_bytes = spec.max_bytes;
    request.max_wait_ms = millis(spec.max_wait_ms);
    request.session_id = spec.session;
    request.session_epoch = spec.epoch;
    if (!spec.partitions.empty()) request.topics.emplace_back().topic = "orders";
    for (const auto& p : spec.partitions) {
      auto& to = request.topics[0].partitions.emplace_back();
      to.partition = partition_id(p.partition);
      to.fetch_offset = offset(p.from);
      to.partition_max_bytes = 1 << 20;
    }
    if (!spec.forgotten.empty()) request.forgotten_topics_data.emplace_back().topic = "orders";
    for (const auto id : spec.forgotten)
      request.forgotten_topics_data[0].partitions.push_back(partition_id(id));
    auto answer = std::make_shared<std::optional<answered>>();
    waiting.fetch(request, [answer](const wire::fetch_response& said) { *answer = read(said); }, node.now);
    node.settle();
    return answer;
  }
  void pass(int ms) {
    node.now.steady += std::chrono::milliseconds(ms);
    waiting.tick(node.now);
  }
  static answered read(const wire::fetch_response& said) {
    answered out{said.error_code, said.session_id, {}};
    for (const auto& topic : said.responses)
      for (const auto& p : topic.partitions)
        out.partitions.push_back({p.partition_index, p.error_code, p.records->size(), p.high_watermark});
    return out;
  }

  node_id self{1};
  uuid topic_id = *parse_uuid("2TsmqqM9ScCZBABU_Vw36A");
  klamm::test::counting_entropy entropy;
  log::test::log_node node;
  replicas all{*node.environment, node.now, entropy, {{"/data", "cluster", self}, {}, self}};
  fetches waiting;
};

}  // namespace

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
  fetching_node f({.session_slots = 1});
  const fetch_spec opening{.partitions = {{0}}, .max_wait_ms = 0, .epoch = 0};
  const auto id = (*f.fetch(opening))->session;
  f.pass(119'999);
  CHECK((*f.fetch(opening))->session == 0);  // goes on with full fetches
  f.pass(1);
  const auto next = (*f.fetch(opening))->session;
  CHECK(next != 0);
  CHECK((*f.fetch({.session = id, .epoch = 1}))->failure == error_code::fetch_session_id_not_found);
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
        request,
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
