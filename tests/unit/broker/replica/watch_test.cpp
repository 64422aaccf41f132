// Who watches partitions hears of those that it watches now, and that one is gone.
#include "broker/replica/watch.hpp"

#include <memory>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "broker/replica/partition.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;

namespace {

struct watched_partitions {
  watched_partitions() {
    node.create();
    for (auto* const place : {&a, &b})
      place->emplace(*node.log, around, std::make_shared<partition_settings>());
  }
  static void tell(partition& of) { of.watchers(watched_for::commits).notify(); }

  log::test::log_node node;
  surroundings around{.self = node_id(1), .clock = node.now};
  std::optional<partition> a, b;
  int woken = 0;
  watcher who{[this] { ++woken; }};
};

}  // namespace

TEST_CASE("a node hears of the partition that it watches, and no more of the one before") {
  watched_partitions w;
  watch_node node(w.who, watched_for::commits);
  node.watch(&*w.a);
  w.tell(*w.a);
  CHECK(w.woken == 1);
  w.tell(*w.a);
  CHECK(w.woken == 1);  // it is ready already
  CHECK(w.who.take_ready() == &node);
  node.watch(&*w.b);
  w.tell(*w.a);
  CHECK_FALSE(node.ready());
  w.tell(*w.b);
  CHECK(w.who.take_ready() == &node);
  node.watch(nullptr);
  w.tell(*w.b);
  CHECK_FALSE(node.ready());
  CHECK(w.who.take_ready() == nullptr);
}

TEST_CASE("all who watch a partition hear of it, whichever left, and that it is gone") {
  watched_partitions w;
  watch_node first(w.who, watched_for::commits), last(w.who, watched_for::commits);
  {
    watch_node between(w.who, watched_for::commits);
    for (auto* const one : {&first, &between, &last}) one->watch(&*w.a);
    w.tell(*w.a);
    CHECK(w.who.ready_count() == 3);
  }
  CHECK(w.who.ready_count() == 2);  // who is gone is ready for nothing
  while (w.who.take_ready()) continue;
  w.a.reset();
  CHECK(first.watched() == nullptr);
  CHECK(last.watched() == nullptr);
  CHECK(w.who.ready_count() == 2);
}

TEST_CASE("who is ready leaves from any place of the line, and the others keep theirs") {
  watcher who;
  std::vector<std::unique_ptr<watch_node>> nodes;
  for (int i = 0; i < 5; ++i)
    who.mark_ready(*nodes.emplace_back(std::make_unique<watch_node>(who, watched_for::commits)));
  for (const auto gone : {0, 2, 4}) nodes[static_cast<std::size_t>(gone)].reset();
  CHECK(who.ready_count() == 2);
  CHECK(who.take_ready() == nodes[1].get());
  who.mark_ready(*nodes[1]);
  CHECK(who.take_ready() == nodes[3].get());
  CHECK(who.take_ready() == nodes[1].get());
  CHECK(who.take_ready() == nullptr);
  CHECK(who.ready_count() == 0);
}

TEST_CASE("very many who are ready leave in any order, each without a search for it") {
  // From the back, 3 * 10^5 searches through as many would go on for minutes.
  watcher who;
  std::vector<std::unique_ptr<watch_node>> nodes;
  for (int i = 0; i < 300'000; ++i)
    who.mark_ready(*nodes.emplace_back(std::make_unique<watch_node>(who, watched_for::commits)));
  while (!nodes.empty()) nodes.pop_back();
  CHECK(who.ready_count() == 0);
}
