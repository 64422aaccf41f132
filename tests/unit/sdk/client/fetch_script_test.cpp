// Fetches on a scripted cluster: what a request asks for after the one before it was answered, in part or by another leader, lost,
// or overtaken by a pause.
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "consumer_script.hpp"
#include "log_batches.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

using offsets = std::vector<std::int64_t>;
using said_partition = wire::fetch_response::partition_data;
/// Which partitions, each from where.
using places = std::vector<std::pair<std::int32_t, std::int64_t>>;

said_partition said_of(const topic_partition& at, wire::records_field records) {
  said_partition out;
  out.partition_index = at.partition;
  out.records = std::move(records);
  return out;
}

struct fetch_script : consumer_script {
  static constexpr std::int32_t session = 7;

  explicit fetch_script(core_options options = consuming()) : consumer_script(std::move(options)) {}

  /// The oldest fetch that lies at a broker is answered, with these partitions and no others.
  template <class... Said>
  void answer(std::int32_t session_id, Said... partitions) {
    REQUIRE(!cluster.held.empty());
    const auto request = cluster.held.front();
    cluster.held.erase(cluster.held.begin());
    wire::fetch_response out;
    out.session_id = session_id;
    auto& topic = out.responses.emplace_back();
    topic.topic_id = uuid{{'a'}};
    (topic.partitions.push_back(std::move(partitions)), ...);
    cluster.reply(request, out);
    cluster.settle();
  }
  static places asked(const wire::fetch_request& by) {
    places out;
    for (const auto& t : by.topics)
      for (const auto& p : t.partitions) out.emplace_back(p.partition.value, p.fetch_offset.value);
    return out;
  }
  /// The only fetch that lies at a broker.
  wire::fetch_request only() const {
    REQUIRE(fetches().size() == 1);
    return fetches()[0];
  }
};

}  // namespace

TEST_CASE("a paused partition is not asked for, its session forgets it, and it goes on from where it was") {
  fetch_script f;
  f.assign({a0, a1});
  CHECK(f.asked(f.only()) == places{{0, 0}, {1, 0}});
  f.cluster.core.pause({a0});
  f.answer(f.session, said_of(a0, three_records(0)), said_of(a1, three_records(0)));
  CHECK(f.sink.next == offsets{3, 3});  // what was on its way is kept
  CHECK(f.asked(f.only()) == places{{1, 3}});
  REQUIRE(f.only().forgotten_topics_data.size() == 1);
  CHECK(f.only().forgotten_topics_data[0].partitions == std::vector{partition_id(0)});

  f.answer(f.session, said_of(a1, three_records(3)));
  CHECK(f.asked(f.only()) == places{{1, 6}});
  f.cluster.core.resume({a0}, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  REQUIRE(f.fetches().size() == 2);  // it does not wait for the one that lies there
  CHECK(f.asked(f.fetches()[1]) == places{{0, 3}});
}

TEST_CASE("while all partitions are paused nothing is asked, and a seek does not end the pause") {
  fetch_script f;
  f.assign({a0});
  f.cluster.core.pause({a0});
  f.answer(f.session, said_of(a0, three_records(0)));
  f.seek(a0, 40);
  f.cluster.pass(60 * second);
  CHECK(f.fetches().empty());
  f.cluster.core.resume({a0}, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  CHECK(f.asked(f.only()) == places{{0, 40}});
}

// Hard part 13.
TEST_CASE("a session ends with its connection: on the next one everything is said again") {
  fetch_script f;
  f.assign({a0, a1});
  f.answer(f.session, said_of(a0, three_records(0)));
  CHECK(f.only().session_id == f.session);
  CHECK(f.only().session_epoch == 1);
  CHECK(f.asked(f.only()) == places{{0, 3}});
  f.cluster.held.clear();
  f.cluster.cut();
  f.cluster.pass(3 * second);
  CHECK(f.only().session_epoch == 0);
  CHECK(f.asked(f.only()) == places{{0, 3}, {1, 0}});
}

// Hard part 9.
TEST_CASE("a partition that an answer leaves out keeps its place: in the session, or asked for again") {
  fetch_script in_session, without_one;
  in_session.assign({a0, a1});
  in_session.answer(in_session.session, said_of(a1, three_records(0)));
  CHECK(in_session.asked(in_session.only()) == places{{1, 3}});
  in_session.answer(in_session.session, said_of(a0, three_records(0)));
  CHECK(in_session.sink.next == offsets{3, 3});
  CHECK(in_session.asked(in_session.only()) == places{{0, 3}});

  without_one.assign({a0, a1});
  without_one.answer(0, said_of(a1, three_records(0)));
  CHECK(without_one.asked(without_one.only()) == places{{0, 0}, {1, 3}});
  CHECK(without_one.sink.failures.empty());
}

TEST_CASE("a batch that compaction emptied moves the position: what is behind it is asked for next") {
  fetch_script f;
  f.assign({a0});
  f.answer(f.session, said_of(a0, wire::records_field(test::joined({test::emptied(offset(0), 5)}))));
  CHECK(f.asked(f.only()) == places{{0, 5}});
  CHECK(f.sink.next == offsets{5});
  CHECK(f.sink.batches == std::vector<std::size_t>{0});
}

// KIP-951.
TEST_CASE("a new leader that the error names is asked at once, one that nobody has heard of before too") {
  for (const auto leader : {node_id(2), node_id(3)}) {
    fetch_script f;
    f.cluster.brokers = 2;
    f.cluster.topics["a"] = 1;
    f.assign({a0});
    const auto request = std::exchange(f.cluster.held, {}).at(0);
    REQUIRE(f.cluster.broker_of(request) == node_id(1));
    f.cluster.hold<wire::metadata_request>();
    auto moved = fetch_answer(request.read<wire::fetch_request>(), error_code::not_leader_or_follower);
    moved.responses[0].partitions[0].current_leader = {leader, leader_epoch(1)};
    if (leader == node_id(3)) moved.node_endpoints.push_back({leader, "broker", 9094, {}});
    f.cluster.reply(request, moved);
    f.cluster.settle();
    REQUIRE(f.cluster.held.size() == 1);
    CHECK(f.cluster.broker_of(f.cluster.held[0]) == leader);
    CHECK(f.asked(f.only()) == places{{0, 0}});
    CHECK(f.only().topics[0].partitions[0].current_leader_epoch == leader_epoch(1));
  }
}

// Hard part 8.
TEST_CASE("the isolation is asked for, of fetches and of offsets, and decides what an answer shows") {
  const producer_id aborted(1);
  for (const auto level : {isolation::read_uncommitted, isolation::read_committed}) {
    const auto asked_for = static_cast<std::int8_t>(level);
    auto options = consuming();
    options.consumer->level = level;
    fetch_script f(options);
    std::vector<std::int8_t> levels;
    f.cluster.answer<wire::list_offsets_request>([&](const wire::list_offsets_request& asked) {
      levels.push_back(asked.isolation_level);
      return f.offsets_asked(asked);
    });
    f.assign({a0});
    f.seek(a0, 1);
    CHECK(levels == std::vector{asked_for});
    REQUIRE(f.fetches().size() == 2);
    for (const auto& fetch : f.fetches()) CHECK(fetch.isolation_level == asked_for);

    f.cluster.held.erase(f.cluster.held.begin());
    auto said = said_of(a0, wire::records_field(test::joined({test::in_transaction(offset(0), 2, aborted),
                                                              test::marker(offset(2), false, aborted),
                                                              test::batch_at(offset(3), test::sealed(1))})));
    said.aborted_transactions.emplace().push_back({aborted, offset(0)});
    f.answer(0, said);
    CHECK(f.sink.next == offsets{4});
    CHECK(f.sink.batches == std::vector<std::size_t>{level == isolation::read_committed ? 1U : 2U});
  }
}

TEST_CASE("what has not come whole has no machine look at its partitions: there may be ten thousand") {
  const auto looks = [](std::size_t piece) {
    fetch_script f;
    f.assign({a0, a1});
    f.cluster.piece = piece;
    const auto before = f.sink.looks;
    f.answer(f.session, said_of(a0, three_records(0)));
    CHECK(f.sink.next == offsets{3});
    return f.sink.looks - before;
  };
  CHECK(looks(8) == looks(SIZE_MAX));
}

TEST_CASE("what falls due while an answer comes is done then") {
  auto options = consuming();
  options.connection.metadata_max_age = std::chrono::seconds(1);
  fetch_script f(std::move(options));
  f.assign({a0, a1});
  f.cluster.piece = 8;
  int pieces = 0;
  bool asked_meanwhile = false;
  f.cluster.after_piece = [&] {
    if (++pieces == 1) f.cluster.now.steady += std::chrono::seconds(2);
    if (pieces == 3) asked_meanwhile = !f.cluster.out.empty();
  };
  f.answer(f.session, said_of(a0, three_records(0)));
  CHECK(pieces > 3);
  CHECK(asked_meanwhile);
}
