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

struct replicas_node {
  replicas_node() {
    node.expect([&](log::done_handler done) { all->open(std::move(done)); });
  }
  assignment orders() const {
    return {{"orders", partition_id(0)},
            *parse_uuid("2TsmqqM9ScCZBABU_Vw36A"),
            {leader_epoch(0), self, {self}, {self}},
            std::make_shared<partition_settings>()};
  }
  void apply(std::vector<assignment> wanted, std::vector<topic_partition> unwanted = {}) {
    all->apply(wanted, unwanted, [this] { ++applied; });
  }

  node_id self{1};
  klamm::test::counting_entropy entropy;
  log::test::log_node node;
  std::unique_ptr<replicas> all = std::make_unique<replicas>(
      *node.environment, node.now, entropy, replicas::options{{"/data", "cluster", self}, {}, self});
  int applied = 0;
};

}  // namespace

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
