// Which partitions a node has, as its metadata say.
#include "broker/replica/replicas.hpp"

#include <memory>

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "tests/unit/counting_entropy.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;

namespace {

constexpr auto another_topic = "AAAAAAAAAAAAAAAAAAAAAQ";

struct replicas_node {
  replicas_node() {
    node.expect([&](log::done_handler done) { all->open(std::move(done)); });
  }
  assignment orders(int id = 0, const char* topic = "2TsmqqM9ScCZBABU_Vw36A") const {
    return {{"orders", partition_id(id)},
            *parse_uuid(topic),
            {leader_epoch(0), self, {self}, {self}},
            std::make_shared<partition_settings>()};
  }
  assignment orders_made_again(int id = 0) const { return orders(id, another_topic); }
  void apply(std::vector<assignment> wanted, std::vector<topic_partition> unwanted = {}) {
    all->apply(wanted, unwanted, [this] { ++applied; });
  }
  void apply_all(std::vector<assignment> wanted, std::vector<topic_partition> unwanted = {}) {
    const int before = applied;
    apply(std::move(wanted), std::move(unwanted));
    node.settle();
    CHECK(applied == before + 1);
  }
  partition* found(int id = 0) { return all->find("orders", partition_id(id)); }
  void produce(int id = 0) {
    REQUIRE(found(id));
    found(id)->produce(buffer_slice::own(log::test::make_batch({})), {}, node.contexts, node.now,
                       [](const produced& done) { REQUIRE(done.failure == error_code::none); });
    node.settle();
  }
  /// The process ends, and another one comes.
  void start_again() {
    all.reset();
    node.crash(sim::crash::kill);
    all = std::make_unique<replicas>(*node.environment, node.now, entropy, how());
    node.expect([&](log::done_handler done) { all->open(std::move(done)); });
  }
  std::size_t files_with(std::string_view part) const {
    std::size_t count = 0;
    for (const auto& path : node.disk.files()) count += path.find(part) != std::string::npos ? 1 : 0;
    return count;
  }
  replicas::options how() const { return {{"/data", "cluster", self}, {}, self}; }

  node_id self{1};
  klamm::test::counting_entropy entropy;
  log::test::log_node node;
  std::unique_ptr<replicas> all = std::make_unique<replicas>(*node.environment, node.now, entropy, how());
  int applied = 0;
};

}  // namespace

// Else the new directory is made under the old one's name, and renamed away with it: a failed disk to every log.
TEST_CASE(
    "a topic that was deleted and made again between two looks at the metadata is removed before it is "
    "made") {
  replicas_node f;
  f.apply_all({f.orders(0), f.orders(1)});
  f.produce(0);
  const topic_partition first{"orders", partition_id(0)}, second{"orders", partition_id(1)};
  f.apply_all({f.orders_made_again(0)}, {first, second});
  REQUIRE(f.found(0));
  CHECK(to_string(f.found(0)->topic_id()) == another_topic);
  CHECK_FALSE(f.found(1));
  CHECK(f.files_with("-delete") == 0);
  CHECK(f.files_with("orders-1") == 0);
  f.produce(0);
  CHECK(f.found(0)->log().end() == offset(1));
}

TEST_CASE("metadata are applied when every partition that they want is there, and what they do not is gone") {
  replicas_node f;
  f.apply({});
  CHECK(f.applied == 1);
  f.apply({f.orders()});
  CHECK(f.applied == 1);
  f.node.settle();
  CHECK(f.applied == 2);
  CHECK(f.all->find("orders", partition_id(0))->leading());
  f.apply({}, {{"orders", partition_id(0)}});
  f.node.settle();
  CHECK(f.applied == 3);
  CHECK(f.all->all().empty());
}

TEST_CASE("who waits for a partition that is being made is not called when the process ends before") {
  replicas_node f;
  f.apply({f.orders()});
  f.all.reset();
  f.node.restart();  // drops what the disk was to answer
  CHECK(f.applied == 0);
}

TEST_CASE("what was there at boot is taken up where it is the metadata's topic, and nothing of it is lost") {
  replicas_node f;
  f.apply_all({f.orders(0), f.orders(1)});
  f.produce(0);
  f.start_again();
  CHECK_FALSE(f.found());  // nobody has said yet that it is wanted
  f.apply_all({f.orders(0), f.orders(1)});
  REQUIRE(f.found());
  CHECK(f.found()->log().end() == offset(1));
  CHECK(f.found()->leading());
  CHECK(f.found() == f.all->find(f.orders().topic_id, partition_id(0)));
  CHECK(f.files_with("-stray/") == 0);
}

TEST_CASE("a topic that is made again under its name begins empty, and what an earlier one had goes") {
  replicas_node f;
  f.apply_all({f.orders()});
  f.produce();
  const auto old = f.orders().topic_id;
  SUBCASE("while the node runs: removed") {
    f.apply_all({f.orders_made_again()});
    CHECK(f.files_with("-stray/") == 0);
  }
  SUBCASE("while it was away: set aside") {
    f.start_again();
    f.apply_all({f.orders_made_again()});
    CHECK(f.files_with("-stray/") > 0);
  }
  REQUIRE(f.found());
  CHECK(f.found()->topic_id() == f.orders_made_again().topic_id);
  CHECK(f.found()->log().end() == offset(0));
  CHECK(f.all->find(old, partition_id(0)) == nullptr);
  CHECK(f.all->find(f.orders_made_again().topic_id, partition_id(0)) == f.found());
  f.produce();
}

TEST_CASE("one partition of a topic goes, the others stay, by name and by id") {
  replicas_node f;
  f.apply_all({f.orders(0), f.orders(1)});
  f.apply_all({}, {{"orders", partition_id(0)}});
  CHECK_FALSE(f.found(0));
  REQUIRE(f.found(1));
  CHECK(f.all->find(f.orders().topic_id, partition_id(1)) == f.found(1));
  f.apply_all({}, {{"orders", partition_id(7)}, {"nobody's", partition_id(0)}});
  CHECK(f.found(1));
  f.apply_all({}, {{"orders", partition_id(1)}});
  CHECK(f.all->find(f.orders().topic_id, partition_id(1)) == nullptr);
  CHECK(f.all->all().empty());
  CHECK(f.all->deadline() != time_point::min());
}

TEST_CASE("logs that nobody wants are set aside, and only those") {
  replicas_node f;
  f.apply_all({f.orders(0), f.orders(1)});
  f.produce(0);
  f.start_again();
  f.apply_all({f.orders(0)});
  f.all->set_strays_aside();
  f.node.settle();
  CHECK(f.files_with("/orders-0/") > 0);
  CHECK(f.files_with("/orders-1/") == 0);
  CHECK(f.files_with("/orders-1.") > 0);
  CHECK(f.files_with("/orders-0.") == 0);
  CHECK(f.found(0)->log().end() == offset(1));
}

TEST_CASE("a directory that fails takes everything with it, and whoever wants to know is told") {
  for (const bool listens : {true, false}) {
    replicas_node f;
    std::vector<std::string> told;
    if (listens) f.all->set_offline_listener([&](const error& why) { told.push_back(why.message); });
    f.apply_all({f.orders(0), f.orders(1)});
    f.node.disk.set_options({.write_failure = 1});
    auto failure = error_code::none;
    f.found()->produce(buffer_slice::own(log::test::make_batch({})), {}, f.node.contexts, f.node.now,
                       [&](const produced& done) { failure = done.failure; });
    f.node.settle();
    CHECK(failure == error_code::kafka_storage_error);
    CHECK(f.all->offline());
    CHECK(told.size() == (listens ? 1 : 0));
    CHECK(f.found(1)->check_leader(leader_epoch(0)) == error_code::kafka_storage_error);
  }
}

TEST_CASE("a partition that cannot be made is not there, and the others do not wait for it") {
  replicas_node f;
  f.apply_all({f.orders(0)});
  f.node.disk.set_options({.sync_failure = 1, .write_failure = 1, .rename_failure = 1});
  f.apply_all({f.orders(1)});
  CHECK_FALSE(f.found(1));
  CHECK(f.all->all().size() == 1);
}
