// What a record looks up on its way: the topic by its name, the partition's slot, both while others add.
#include "handoff/topic_table.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "handoff/partition_slots.hpp"

namespace klamm::handoff {
namespace {

std::string name_of(int i) { return fmt::format("topic-{}", i); }

}  // namespace

TEST_CASE("a topic is found by its whole name once it was added, and only added once") {
  topic_table<int> table;
  CHECK(table.find("orders") == nullptr);
  auto& orders = table.find_or_add("orders", 1);
  CHECK(&table.find_or_add("orders", 2) == &orders);
  CHECK(table.find("orders") == &orders);
  CHECK(orders == 1);
  CHECK(table.find("order") == nullptr);
  CHECK(table.find("") == nullptr);
}

TEST_CASE("entries stay where they are while the table grows") {
  topic_table<int> table;
  std::vector<int*> places;
  for (int i = 0; i < 1000; ++i) places.push_back(&table.find_or_add(name_of(i), i));
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(table.find(name_of(i)) == places[static_cast<std::size_t>(i)]);
    CHECK(*places[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("readers see what was added before, whatever is added meanwhile") {
  topic_table<int> table;
  constexpr int topics = 2000;
  std::atomic<int> added = 0;
  std::atomic<int> missed = 0;
  const auto read = [&] {
    for (int seen = 0; seen < topics; seen = added.load(std::memory_order_acquire))
      for (int i = 0; i < seen; i += 1 + seen / 16) {
        const auto* const found = table.find(name_of(i));
        if (!found || *found != i) ++missed;
      }
  };
  std::thread first(read), second(read);
  for (int i = 0; i < topics; ++i) {
    table.find_or_add(name_of(i), i);
    added.store(i + 1, std::memory_order_release);
  }
  first.join();
  second.join();
  CHECK(missed == 0);
}

TEST_CASE("threads with topics of their own each find theirs, the first that was added or another") {
  topic_table<int> table;
  std::atomic<int> added = 0;
  std::atomic<int> mistaken = 0;
  const auto use = [&](int mine) {
    while (added.load(std::memory_order_acquire) < 3) {
      const auto* const found = table.find(name_of(mine));
      if (found && *found != mine) ++mistaken;
    }
    for (int again = 0; again < 1000; ++again)
      if (*table.find(name_of(mine)) != mine || table.find("topic-3") || table.find("topic-00")) ++mistaken;
  };
  std::thread first(use, 0), second(use, 1), third(use, 2);
  for (int i = 0; i < 3; ++i) {
    table.find_or_add(name_of(i), i);
    added.store(i + 1, std::memory_order_release);
  }
  first.join();
  second.join();
  third.join();
  CHECK(mistaken == 0);
}

TEST_CASE("a partition's slot is found once it is kept, also after the topic has grown") {
  partition_slots slots;
  CHECK(slots.find(partition_id(0)).value < 0);
  slots.keep(partition_id(2), client::partition_slot(7), 3);
  CHECK(slots.find(partition_id(2)).value == 7);
  CHECK(slots.find(partition_id(1)).value < 0);
  CHECK(slots.find(partition_id(3)).value < 0);
  slots.keep(partition_id(9), client::partition_slot(0), 10);
  CHECK(slots.find(partition_id(2)).value == 7);
  CHECK(slots.find(partition_id(9)).value == 0);
  CHECK(slots.find(partition_id(3)).value < 0);
}

}  // namespace klamm::handoff
