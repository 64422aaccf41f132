// Fetches of followers and of consumers side by side, and those that the disk answers late.
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "broker/replica/authority.hpp"
#include "broker/replica/fetches.hpp"
#include "tests/unit/counting_entropy.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;

namespace {

constexpr node_id zero(0), self(1), two(2);
using nodes = std::vector<node_id>;

struct racks final : broker_registry {
  std::optional<broker_standing> find(node_id broker) const override {
    const auto found = all.find(broker);
    return found == all.end() ? std::nullopt : std::optional(broker_standing{5, false, false, found->second});
  }
  std::map<node_id, std::string> all{{zero, "z"}, {self, "s"}, {two, "t"}};
};

struct said {
  std::size_t topics = 0;
  std::int32_t session = 0;
  std::vector<wire::fetch_response::partition_data> partitions;  // without their records
  std::vector<std::size_t> bytes;
};
using place = std::shared_ptr<std::optional<said>>;

/// Leads orders-0 and orders-1; their other replicas are played by the test.
struct serving_node {
  explicit serving_node(nodes replicas_of = {self}, fetch_limits limits = {})
      : all_replicas(std::move(replicas_of)), how(limits) {
    open();
  }
  void open() {
    all = std::make_unique<replicas>(*node.environment, node.now, entropy,
                                     replicas::options{{"/data", "cluster", self}, {}, self},
                                     replication_ports{nullptr, &registry, nullptr});
    serving = std::make_unique<fetches>(*all, memory, how, rng(2));
    node.expect([&](log::done_handler done) { all->open(std::move(done)); });
    apply({0, 1});
  }
  void apply(const std::vector<int>& ids) {
    std::vector<assignment> wanted;
    for (const auto id : ids)
      wanted.push_back({{"orders", partition_id(id)},
                        topic_id,
                        {leader_epoch(0), self, all_replicas, all_replicas},
                        std::make_shared<partition_settings>()});
    all->apply(wanted, {}, [] {});
    node.settle();
  }
  /// Only the disk has what was appended.
  void start_again() {
    serving.reset();
    all.reset();
    node.crash(sim::crash::kill);
    open();
  }
  partition& at(int id) { return *all->find("orders", partition_id(id)); }
  void append(int to) {
    at(to).produce(buffer_slice::own(log::test::make_batch({})), {}, node.contexts, node.now,
                   [](const produced&) {});
    node.settle();
  }
  void produce(int to) {
    append(to);
    serving->run(node.now);
  }

  wire::fetch_request request(std::vector<std::pair<int, std::int64_t>> of, node_id replica = {}) const {
    wire::fetch_request asked;
    asked.max_wait_ms = millis(500);
    asked.min_bytes = 1;
    asked.max_bytes = 1 << 20;
    asked.replica_state.replica_id = replica;
    if (!of.empty()) asked.topics.emplace_back().topic_id = topic_id;
    for (const auto& [id, from] : of) {
      auto& part = asked.topics[0].partitions.emplace_back();
      part.partition = partition_id(id);
      part.fetch_offset = offset(from);
      part.partition_max_bytes = 1 << 20;
    }
    return asked;
  }
  /// The disk does not move meanwhile.
  place begin(const wire::fetch_request& asked) {
    auto answer = std::make_shared<std::optional<said>>();
    serving->fetch(
        asked, link::connection_id(++connections),
        [answer, this](const wire::fetch_response& response) {
          ++answers;
          *answer = read(response);
        },
        node.now);
    return answer;
  }
  place fetch(const wire::fetch_request& asked) {
    auto answer = begin(asked);
    node.settle();
    return answer;
  }
  void pass(int ms) {
    node.now.steady += std::chrono::milliseconds(ms);
    serving->tick(node.now);
  }
  static said read(const wire::fetch_response& response) {
    said out{response.responses.size(), response.session_id, {}, {}};
    for (const auto& topic : response.responses)
      for (const auto& part : topic.partitions) {
        auto& to = out.partitions.emplace_back();
        to.partition_index = part.partition_index;
        to.error_code = part.error_code;
        to.high_watermark = part.high_watermark;
        to.diverging_epoch = part.diverging_epoch;
        to.preferred_read_replica = part.preferred_read_replica;
        out.bytes.push_back(part.records ? part.records->size() : 0);
      }
    return out;
  }

  uuid topic_id = *parse_uuid("2TsmqqM9ScCZBABU_Vw36A");
  nodes all_replicas;
  fetch_limits how;
  racks registry;
  klamm::test::counting_entropy entropy;
  link::reply_memory memory{1 << 30};
  log::test::log_node node;
  std::unique_ptr<replicas> all;
  std::unique_ptr<fetches> serving;
  std::int64_t connections = 0;  // each request comes on one of its own
  int answers = 0;
};

wire::fetch_request as_session(wire::fetch_request asked, std::int32_t id, std::int32_t epoch) {
  asked.session_id = id;
  asked.session_epoch = epoch;
  return asked;
}
const std::size_t one_batch = log::test::make_batch({}).size();

}  // namespace

TEST_CASE("a follower has what is appended, a consumer what is committed, each when it is") {
  for (const auto follower : {two, zero}) {
    serving_node n({self, follower});
    const auto consumer = n.fetch(n.request({{0, 0}}));
    const auto copies = n.fetch(n.request({{0, 0}}, follower));
    CHECK_FALSE(*copies);
    n.produce(0);
    CHECK_FALSE(*consumer);
    REQUIRE(*copies);
    CHECK((*copies)->bytes[0] == one_batch);
    CHECK((*copies)->partitions[0].high_watermark == offset(0));
    n.fetch(n.request({{0, 1}}, follower));
    n.serving->run(n.node.now);
    REQUIRE(*consumer);
    CHECK((*consumer)->bytes[0] == one_batch);
  }
}

TEST_CASE(
    "a follower that knows an older high watermark is answered at once, one that knows this one waits") {
  serving_node n({self, two});
  n.produce(0);
  auto at_end = n.request({{0, 1}}, two);
  auto& knows = at_end.topics[0].partitions[0].high_watermark;
  knows = offset(0);
  const auto behind = n.fetch(at_end);
  REQUIRE(*behind);
  CHECK((*behind)->bytes[0] == 0);
  CHECK((*behind)->partitions[0].high_watermark == offset(1));
  knows = offset(1);
  CHECK_FALSE(*n.fetch(at_end));
  SUBCASE("of a consumer it does not count what it says") {
    auto consumer = n.request({{0, 1}});
    consumer.topics[0].partitions[0].high_watermark = offset(0);
    CHECK_FALSE(*n.fetch(consumer));
  }
  SUBCASE("in a session it is told again while it says so") {
    knows = offset(1);
    const auto opened = n.begin(as_session(at_end, 0, 0));
    n.pass(500);
    REQUIRE(*opened);
    knows = offset(0);
    const auto again = n.fetch(as_session(at_end, (*opened)->session, 1));
    REQUIRE(*again);
    REQUIRE((*again)->partitions.size() == 1);
    CHECK((*again)->partitions[0].high_watermark == offset(1));
  }
}

TEST_CASE("who is none of a partition's followers is told so, also of partitions that are not here") {
  serving_node n({self, two});
  const auto stranger = n.fetch(n.request({{0, 0}}, node_id(9)));
  REQUIRE(*stranger);
  CHECK((*stranger)->partitions[0].error_code == error_code::not_leader_or_follower);
  const auto nowhere = n.fetch(as_session(n.request({{0, 0}, {7, 0}}, two), 0, 0));
  REQUIRE(*nowhere);
  CHECK((*nowhere)->partitions[0].error_code == error_code::none);
  CHECK((*nowhere)->partitions[1].error_code == error_code::unknown_topic_id);
}

TEST_CASE("a fetch of nothing has nothing to wait for") {
  serving_node n;
  const auto answer = n.fetch(n.request({}));
  REQUIRE(*answer);
  CHECK((*answer)->partitions.empty());
}

TEST_CASE("whatever a fetch takes at the most, it gets one batch (KIP-74)") {
  serving_node n;
  n.produce(0);
  n.produce(0);
  auto nothing = n.request({{0, 0}});
  nothing.max_bytes = 0;
  CHECK((**n.fetch(nothing)).bytes[0] == one_batch);
}

TEST_CASE("a full answer names every partition, those that there was no room to look at too") {
  serving_node n;
  n.produce(0);
  auto narrow = n.request({{0, 0}, {7, 0}, {1, 0}});
  narrow.max_bytes = 1;
  const auto answer = n.fetch(narrow);
  REQUIRE(*answer);
  REQUIRE((*answer)->partitions.size() == 3);
  CHECK((*answer)->partitions[1].high_watermark == offset(-1));
  CHECK((*answer)->partitions[2].high_watermark == offset(0));
}

TEST_CASE(
    "a partition that is made later is found by the session that asked for it before, by id or by name") {
  serving_node n;
  for (const bool by_name : {true, false}) {
    CAPTURE(by_name);
    const int id = by_name ? 2 : 3;
    auto asked = n.request({{id, 0}});
    if (by_name) {
      asked.topics[0].topic = "orders";
      asked.topics[0].topic_id = {};
    }
    const auto opened = n.fetch(as_session(asked, 0, 0));
    REQUIRE(*opened);
    CHECK((*opened)->partitions[0].error_code ==
          (by_name ? error_code::unknown_topic_or_partition : error_code::unknown_topic_id));
    n.apply({id});
    n.produce(id);
    const auto found = n.fetch(as_session(n.request({}), (*opened)->session, 1));
    REQUIRE(*found);
    REQUIRE((*found)->partitions.size() == 1);
    CHECK((*found)->bytes[0] == one_batch);
  }
}

TEST_CASE("a session is told of an error at once, and by every answer for as long as it is so") {
  serving_node n;
  const auto opened = n.begin(as_session(n.request({{0, 0}, {1, 0}}), 0, 0));
  n.pass(500);
  REQUIRE(*opened);
  n.at(0).resign();
  for (const int epoch : {1, 2}) {
    const auto failed = n.fetch(as_session(n.request({}), (*opened)->session, epoch));
    REQUIRE(*failed);
    REQUIRE((*failed)->partitions.size() == 1);
    CHECK((*failed)->partitions[0].error_code == error_code::not_leader_or_follower);
  }
}

TEST_CASE("a consumer is sent to the replica in its rack where the broker is told to, node 0 as any other") {
  for (const auto near : {zero, two}) {
    for (const bool rack_aware : {true, false}) {
      serving_node n({self, near}, {.rack_aware = rack_aware});
      n.produce(0);
      n.fetch(n.request({{0, 1}}, near));
      const auto rack = near == zero ? "z" : "t";
      auto asked = n.request({{0, 1}});
      asked.rack_id = rack;
      const auto answer = n.fetch(asked);
      CHECK(answer->has_value() == rack_aware);  // there is nothing to read yet
      if (rack_aware) CHECK((*answer)->partitions[0].preferred_read_replica == near);
    }
  }
}

TEST_CASE("a log that parts in epoch 0 is told so at once, to who would wait, and in a session") {
  serving_node n;
  n.produce(0);
  n.at(0).lead({leader_epoch(3), self, {self}, {self}, 1});
  n.produce(0);
  auto asked = n.request({{0, 2}});
  asked.topics[0].partitions[0].last_fetched_epoch = leader_epoch(0);
  const auto opened = n.fetch(as_session(asked, 0, 0));
  REQUIRE(*opened);
  CHECK((*opened)->partitions[0].diverging_epoch.end_offset == offset(1));
  const auto again = n.fetch(as_session(n.request({}), (*opened)->session, 1));
  REQUIRE(*again);
  REQUIRE((*again)->partitions.size() == 1);
  CHECK((*again)->partitions[0].diverging_epoch.end_offset == offset(1));
}

TEST_CASE("a partition that gives all it may does not end the wait for more from others") {
  serving_node n;
  for (int i = 0; i < 4; ++i) n.produce(0);
  auto asked = n.request({{0, 0}, {1, 0}});
  asked.min_bytes = static_cast<std::int32_t>(3 * one_batch);
  asked.topics[0].partitions[0].partition_max_bytes = static_cast<std::int32_t>(2 * one_batch);
  const auto answer = n.fetch(asked);
  CHECK_FALSE(*answer);
  n.produce(1);
  REQUIRE(*answer);
  CHECK((*answer)->bytes[0] == 2 * one_batch);
  CHECK((*answer)->bytes[1] == one_batch);
}

TEST_CASE("a fetch whose time is over while the disk reads is answered once, when the disk has") {
  serving_node n;
  n.produce(0);
  n.start_again();
  const auto answer = n.begin(n.request({{0, 0}}));
  n.pass(500);
  CHECK_FALSE(*answer);
  n.node.settle();
  REQUIRE(*answer);
  CHECK((*answer)->bytes[0] == one_batch);
  CHECK(n.answers == 1);
}

TEST_CASE("news that come when the fetch was answered already are the next one's") {
  serving_node n;
  const auto answer = n.fetch(n.request({{0, 0}}));
  n.append(0);
  n.pass(500);
  REQUIRE(*answer);
  n.serving->run(n.node.now);
  CHECK(n.answers == 1);
  CHECK(n.serving->waiting() == 0);
}

TEST_CASE("what cannot be read from the disk is an error of that partition, and of no other") {
  serving_node n;
  n.produce(0);
  n.produce(1);
  n.start_again();
  n.node.disk.flip_bit("/data/orders-0/00000000000000000000.log", one_batch - 3, 1);
  const auto answer = n.fetch(n.request({{0, 0}, {1, 0}}));
  REQUIRE(*answer);
  CHECK((*answer)->partitions[0].error_code == error_code::corrupt_message);
  CHECK((*answer)->bytes[0] == 0);
  CHECK((*answer)->partitions[1].error_code == error_code::none);
  CHECK((*answer)->bytes[1] == one_batch);
}

TEST_CASE("what was asked of a log that is being cut meanwhile is asked anew") {
  serving_node n;
  n.produce(0);
  n.produce(0);
  n.start_again();
  n.at(0).log().truncate_to(offset(1), [](result<void>) {});
  REQUIRE(n.at(0).log().current_state() == log::partition_log::state::truncating);
  const auto answer = n.begin(n.request({{0, 0}}));
  CHECK_FALSE(*answer);
  n.node.settle();
  REQUIRE(*answer);
  CHECK((*answer)->bytes[0] == 0);
  CHECK((*answer)->partitions[0].error_code == error_code::none);
  CHECK(n.answers == 1);
}

TEST_CASE("a partition that goes while the disk reads it takes its fetch with it") {
  serving_node n;
  n.produce(0);
  n.start_again();
  auto asked = n.request({{0, 0}});
  asked.isolation_level = 1;
  const auto answer = n.begin(asked);
  const std::vector<topic_partition> gone{{"orders", partition_id(0)}};
  n.all->apply({}, gone, [] {});
  n.node.settle();
  n.serving->run(n.node.now);
  n.pass(500);
  CHECK(n.answers == 1);
  CHECK(n.serving->waiting() == 0);
}

TEST_CASE("a directory that failed says so of partitions that it never had, too") {
  serving_node n;
  n.node.disk.set_options({.write_failure = 1});
  n.append(0);
  REQUIRE(n.all->offline());
  const auto answer = n.fetch(n.request({{0, 0}, {7, 0}}));
  REQUIRE(*answer);
  CHECK((*answer)->partitions[0].error_code == error_code::kafka_storage_error);
  CHECK((*answer)->partitions[1].error_code == error_code::kafka_storage_error);
}
