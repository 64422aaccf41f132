// What applications hear of their group's changes, and when.
#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <poll.h>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <klamm/admin.hpp>
#include <klamm/broker/broker.hpp>
#include <klamm/consumer.hpp>
#include <klamm/producer.hpp>

using namespace std::chrono_literals;

namespace klamm {
namespace {

constexpr Millis never_by_itself = 24h;
const TopicPartition first{"orders", Partition(0)}, second{"orders", Partition(1)};

/// A topic of two partitions with ten records in each: "0" to "9".
struct topic {
  broker::Broker broker;

  topic() {
    Admin(broker.address()).create_topic({.name = "orders", .partitions = 2});
    Producer producer(broker.address());
    for (const auto& at : {first, second})
      for (int i = 0; i < 10; ++i)
        producer.send({.topic = at.topic, .value = std::to_string(i), .partition = at.partition});
    REQUIRE(producer.flush());
  }
};

/// A member that writes down what it hears: "assigned orders/0 orders/1", and each record: "orders/0 3".
struct member {
  std::vector<std::string> story;
  std::function<void(Rebalance)> then = [](const Rebalance&) {};
  Consumer consumer;

  explicit member(const topic& on, ConsumerOptions options = {}) : consumer(make(on, std::move(options))) {
    consumer.subscribe({"orders"});
  }

  Consumer make(const topic& on, ConsumerOptions options) {
    options.group_id = "group";
    options.auto_offset_reset = earliest;
    if (options.auto_commit != never_by_itself) options.auto_commit = std::nullopt;
    options.on_rebalance = [this](Rebalance change) {
      static constexpr const char* names[] = {"assigned", "revoked", "lost"};
      std::string line = names[change.kind()];
      for (const auto& at : change.partitions())
        line += " " + at.topic + "/" + std::to_string(at.partition.value);
      story.push_back(line);
      then(std::move(change));
    };
    return Consumer(on.broker.address(), std::move(options));
  }
  void poll(Millis timeout = 10ms) {
    for (auto records = consumer.poll(timeout); const auto record : records)
      story.push_back(std::string(record.topic()) + "/" + std::to_string(record.partition().value) + " " +
                      std::string(record.value()));
  }
};

/// Polls all of them in turn until it is so.
void poll_until(std::initializer_list<member*> all, const std::function<bool()>& is_so) {
  for (const auto end = std::chrono::steady_clock::now() + 60s; !is_so();) {
    const auto story = fmt::format("{}", fmt::join((*all.begin())->story, ", "));
    CAPTURE(story);
    REQUIRE(std::chrono::steady_clock::now() < end);
    for (auto* const one : all) one->poll();
  }
}

}  // namespace

TEST_CASE("what is assigned is heard of before its first record, and a seek there comes before it") {
  const topic on;
  member one(on);
  one.then = [&](const Rebalance& change) {
    for (const auto& at : change.partitions()) one.consumer.seek(at, Offset(8));
  };
  poll_until({&one}, [&] { return one.story.size() == 5; });
  CHECK(one.story[0] == "assigned orders/0 orders/1");
  CHECK(std::set(one.story.begin() + 1, one.story.end()) ==
        std::set<std::string>{"orders/0 8", "orders/0 9", "orders/1 8", "orders/1 9"});
}

TEST_CASE("what is revoked is committed in the call, and the new owner goes on there") {
  const topic on;
  member one(on, {.assignors = {"cooperative-sticky"}});
  poll_until({&one}, [&] { return one.story.size() == 21; });
  one.then = [&](const Rebalance& change) {
    if (change.kind() == Rebalance::revoked) one.consumer.commit();
  };
  member two(on, {.assignors = {"cooperative-sticky"}});
  poll_until({&one, &two}, [&] { return !two.story.empty(); });
  REQUIRE(one.story.size() == 22);
  CHECK(one.story.back().starts_with("revoked orders/"));
  const auto moved = one.story.back().substr(8);
  CHECK(two.story == std::vector{"assigned " + moved});
  const auto at = two.consumer.assignment().at(0);
  poll_until({&two}, [&] { return two.consumer.position(at) >= Offset(0); });
  CHECK(two.consumer.position(at) == Offset(10));
}

TEST_CASE("what was passed is committed before others get the partition, if positions are committed at all") {
  const topic on;
  const ConsumerOptions options{.assignors = {"cooperative-sticky"}, .auto_commit = never_by_itself};
  member one(on, options);
  poll_until({&one}, [&] { return one.story.size() == 21; });
  member two(on, options);
  poll_until({&one, &two}, [&] { return !two.story.empty(); });
  const auto at = two.consumer.assignment().at(0);
  poll_until({&two}, [&] { return two.consumer.position(at) >= Offset(0); });
  CHECK(two.consumer.position(at) == Offset(10));
}

TEST_CASE(
    "what was committed by hand in the middle of a loop is taken back by nothing that the consumer commits") {
  const topic on;
  const ConsumerOptions options{.assignors = {"cooperative-sticky"}, .auto_commit = never_by_itself};
  member one(on, options);
  std::optional<Rebalance> kept;
  one.then = [&](Rebalance change) { kept.emplace(std::move(change)); };
  poll_until({&one}, [&] { return kept && one.consumer.lag(first) == 10 && one.consumer.lag(second) == 10; });
  one.then = [](const Rebalance&) {};
  kept.reset();
  auto polled = one.consumer.poll(30s);
  REQUIRE_FALSE(polled.empty());
  for ([[maybe_unused]] const auto record : polled) {
    one.consumer.commit({{.at = first, .next = Offset(5)}, {.at = second, .next = Offset(5)}});
    break;
  }
  const auto committed = [&](const TopicPartition& at) {
    return Consumer(on.broker.address(), {.group_id = "group"}).committed({at}).at(0).next;
  };
  SUBCASE("a revocation") {
    member two(on, options);
    poll_until({&one, &two}, [&] { return !two.story.empty(); });
    CHECK(committed(two.consumer.assignment().at(0)) == Offset(5));
  }
  SUBCASE("a close") {
    CHECK(one.consumer.close(30s).committed);
    CHECK(committed(first) == Offset(5));
    CHECK(committed(second) == Offset(5));
  }
}

TEST_CASE("the group goes on when the change dies, wherever that was moved") {
  const topic on;
  member one(on);
  poll_until({&one}, [&] { return one.story.size() == 21; });
  std::optional<Rebalance> kept;
  one.then = [&](Rebalance change) { kept.emplace(std::move(change)); };
  member two(on);
  poll_until({&one, &two}, [&] { return kept.has_value(); });
  CHECK(kept->kind() == Rebalance::revoked);
  for (int i = 0; i < 20; ++i) one.poll(), two.poll();
  CHECK(two.story.empty());
  CHECK(one.story.size() == 22);
  std::thread([&] { kept.reset(); }).join();
  poll_until({&one, &two}, [&] { return kept && !two.story.empty(); });
  CHECK(kept->kind() == Rebalance::assigned);
  kept.reset();
}

TEST_CASE("nothing is read of what is assigned until the application has let go of the change") {
  const topic on;
  member one(on);
  std::optional<Rebalance> kept;
  one.then = [&](Rebalance change) { kept.emplace(std::move(change)); };
  poll_until({&one}, [&] { return kept.has_value(); });
  poll_until({&one}, [&] { return one.consumer.lag(first) == 10; });  // fetched
  one.poll();
  CHECK(one.story.size() == 1);
  kept.reset();
  poll_until({&one}, [&] { return one.story.size() == 21; });
}

TEST_CASE("a member that the group has removed hears that its partitions are lost, and then of new ones") {
  const topic on;
  member one(on, {.group_instance_id = "one", .session_timeout = 6s});
  poll_until({&one}, [&] { return one.story.size() == 21; });
  one.story.clear();
  const auto removed =
      Admin(on.broker.address()).remove_members("group", {GroupMemberId{.group_instance_id = "one"}});
  REQUIRE(removed["one"]);
  poll_until({&one}, [&] { return one.story.size() >= 2; });
  CHECK(one.story[0] == "lost orders/0 orders/1");
  CHECK(one.story[1] == "assigned orders/0 orders/1");
}

TEST_CASE("who closes, assigns or subscribes to nothing hears what it gives up, and can commit it there") {
  const topic on;
  member one(on);
  poll_until({&one}, [&] { return one.story.size() == 21; });
  one.then = [&](const Rebalance& change) {
    if (change.kind() == Rebalance::revoked) one.consumer.commit();
  };
  SUBCASE("closes") {
    CHECK(one.consumer.close(30s).committed);
    CHECK(one.consumer.close(30s).committed);
  }
  SUBCASE("subscribes to nothing") { one.consumer.subscribe(std::span<const std::string>()); }
  SUBCASE("assigns") { one.consumer.assign({first}); }
  CHECK(one.story.size() == 22);
  CHECK(one.story.back() == "revoked orders/0 orders/1");
  Consumer other(on.broker.address(), {.group_id = "group"});
  for (const auto& place : other.committed({first, second})) CHECK(place.next == Offset(10));
}

TEST_CASE(
    "who subscribes to something else hears what the group takes away, once, and what it keeps is not told") {
  const topic on;
  member one(on, {.assignors = {"cooperative-sticky"}});
  poll_until({&one}, [&] { return one.story.size() == 21; });
  one.consumer.subscribe({"orders", "others"});
  Admin(on.broker.address()).create_topic({.name = "others", .partitions = 1});
  poll_until({&one}, [&] { return one.story.size() == 22; });
  CHECK(one.story.back() == "assigned others/0");
  one.consumer.subscribe({"others"});
  poll_until({&one}, [&] { return one.story.size() == 23; });
  CHECK(one.story.back() == "revoked orders/0 orders/1");
  one.consumer.close(30s);
  CHECK(one.story.size() == 24);
  CHECK(one.story.back() == "revoked others/0");
}

TEST_CASE("news of a group that was left before a poll came is not told") {
  const topic on;
  member one(on);
  for (const auto end = std::chrono::steady_clock::now() + 60s; one.consumer.assignment().empty();)
    REQUIRE(std::chrono::steady_clock::now() < end);
  one.consumer.assign({first});
  poll_until({&one}, [&] { return one.story.size() == 10; });
  one.consumer.close(30s);
  CHECK(one.story.size() == 10);
}

TEST_CASE("within on_rebalance the consumer can be closed, and nothing else is told then") {
  const topic on;
  member one(on);
  one.then = [&](const Rebalance&) { one.consumer.close(30s); };
  while (one.story.empty()) static_cast<void>(one.consumer.poll(10ms, as_result));
  CHECK(one.story == std::vector<std::string>{"assigned orders/0 orders/1"});
}

TEST_CASE("a call that gives up has done nothing if on_rebalance throws, and is not told of again") {
  const topic on;
  member one(on);
  poll_until({&one}, [&] { return one.story.size() == 21; });
  one.then = [](const Rebalance&) { throw std::runtime_error("not now"); };
  CHECK_THROWS_WITH(one.consumer.assign({first}), "not now");
  CHECK(one.consumer.assignment().size() == 2);
  CHECK(one.consumer.close(30s).left_group);
  CHECK(one.story.size() == 22);
}

TEST_CASE("a consumer without a group's partitions gives up nothing") {
  const topic on;
  member one(on);
  one.consumer.assign({first});
  poll_until({&one}, [&] { return one.story.size() == 10; });
  one.consumer.close(30s);
  CHECK(one.story.size() == 10);
}

TEST_CASE("what on_rebalance throws comes out of the poll, and the next one reads") {
  const topic on;
  member one(on);
  bool thrown = false;
  one.then = [&](const Rebalance&) {
    if (!std::exchange(thrown, true)) throw std::runtime_error("not now");
  };
  CHECK_THROWS_WITH(poll_until({&one}, [] { return false; }), "not now");
  poll_until({&one}, [&] { return one.story.size() == 21; });
}

TEST_CASE("with awaited polls on_rebalance runs where callbacks run, before what they bring") {
  const topic on;
  CallbackQueue queue;
  std::vector<std::string> story;
  Consumer consumer({.bootstrap_servers = on.broker.address(), .callbacks = queue.executor()},
                    {.group_id = "group",
                     .auto_offset_reset = earliest,
                     .on_rebalance = [&](const Rebalance&) { story.push_back("told"); }});
  consumer.subscribe({"orders"});
  consumer.async_poll(forever, [&](const Result<Records>& came) {
    story.push_back(came && !came->empty() ? "records" : "nothing");
  });
  for (const auto end = std::chrono::steady_clock::now() + 60s; story.size() < 2;) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    pollfd ready{queue.fd(), POLLIN, 0};
    ::poll(&ready, 1, 1000);
    queue.run_ready();
  }
  CHECK(story == std::vector<std::string>{"told", "records"});
}

}  // namespace klamm
