// News of partitions that the application is to hear before records are handed out.
#include <stdexcept>

#include <doctest/doctest.h>

#include "fetch_fixture.hpp"

namespace klamm::handoff {

using namespace std::chrono_literals;

namespace {

/// A queue with news of `orders`, and what was called.
struct fetch_news : fetch_fixture {
  int calls = 0;

  fetch_news() { assign(orders); }
  void tell() {
    queue.tell({orders}, [this] { ++calls; });
  }
};

}  // namespace

TEST_CASE(
    "news comes with the next take, before its records; those of its partitions wait until it is over") {
  fetch_news f;
  f.assign(audit);
  f.deliver(orders, 0, 1);
  f.deliver(audit, 0, 1);
  f.tell();
  CHECK(f.calls == 0);
  const auto first = f.take();
  CHECK(f.calls == 1);
  REQUIRE(first.size() == 1);
  CHECK(first[0]->partition() == audit);
  f.queue.tell_over({orders});
  CHECK(f.take().size() == 1);
  CHECK(f.calls == 1);
}

TEST_CASE("records that come while news is told wait too") {
  fetch_news f;
  f.tell();
  CHECK(f.take().empty());
  f.deliver(orders, 0, 1);
  CHECK(f.take().empty());
  f.queue.tell_over({orders});
  CHECK(f.take().size() == 1);
}

TEST_CASE("a paused partition stays so when its news is over, and one that is resumed waits for its news") {
  fetch_news f;
  f.deliver(orders, 0, 1);
  f.queue.pause(orders);
  f.tell();
  f.take();
  SUBCASE("over first") {
    f.queue.tell_over({orders});
    CHECK(f.take().empty());
    f.queue.resume(orders);
  }
  SUBCASE("resumed first") {
    f.queue.resume(orders);
    CHECK(f.take().empty());
    f.queue.tell_over({orders});
  }
  CHECK(f.take().size() == 1);
}

TEST_CASE("who waits is called for news, and again when it is over") {
  fetch_news f;
  int called = 0;
  f.queue.when_ready([&] { ++called; });
  f.tell();
  CHECK(called == 1);
  CHECK(f.calls == 0);  // by its take
  f.take();
  f.deliver(orders, 0, 1);
  f.queue.when_ready([&] { ++called; });
  CHECK(called == 1);
  f.queue.tell_over({orders});
  CHECK(called == 2);
}

TEST_CASE("news that waits for a poll counts for max_poll_interval") {
  fetch_news f;
  CHECK(f.queue.waiting_since() == never);
  f.now += 5s;
  f.tell();
  CHECK(f.queue.waiting_since() == f.now);
  f.now += 5s;
  f.take();
  CHECK(f.queue.waiting_since() == f.now);  // that of the take, which is with the application still
  f.queue.tell_over({orders});
  CHECK(f.queue.waiting_since() == never);
}

TEST_CASE("max_poll_interval does not run for news of a partition that is gone") {
  fetch_news f;
  f.tell();
  f.take();
  f.now += 5s;
  f.queue.unassigned(orders);
  CHECK(f.queue.waiting_since() == never);
}

TEST_CASE("what was passed before the poll that tells is settled: it can be committed before it is revoked") {
  fetch_news f;
  f.deliver(orders, 0, 2);
  const auto first = f.take();
  pass(*first[0]);
  f.queue.give_back(*first[0]);
  std::int64_t settled = 0;
  f.queue.tell({orders}, [&] { settled = f.settled(); });
  f.take();
  CHECK(settled == 2);
}

TEST_CASE("no news is told while other news is: takers pass it over, and one is called at the end") {
  fetch_news f;
  std::vector<std::string> story;
  f.queue.tell({}, [&] {
    f.queue.tell({}, [&] { story.emplace_back("second"); });
    f.take();
    f.queue.when_ready([&] { story.emplace_back("called"); });
    story.emplace_back("first");
  });
  f.take();
  CHECK(story == std::vector<std::string>{"first", "called", "second"});
}

TEST_CASE("while a call tells something by itself, news waits for its end") {
  fetch_news f;
  f.tell();
  REQUIRE(f.queue.begin_telling());
  CHECK(!f.queue.begin_telling());
  CHECK(f.take().empty());
  CHECK(f.calls == 0);
  int called = 0;
  f.queue.when_ready([&] { ++called; });
  f.queue.end_telling();
  CHECK(called == 1);
  f.take();
  CHECK(f.calls == 1);
}

TEST_CASE("news that is withdrawn is not told") {
  fetch_news f;
  f.tell();
  f.queue.withdraw_rebalance();
  CHECK(f.take().empty());
  CHECK(f.calls == 0);
}

TEST_CASE("a take within the call of news takes other records") {
  fetch_fixture f;
  f.assign(orders);
  f.assign(audit);
  f.deliver(audit, 0, 1);
  std::size_t taken = 0;
  f.queue.tell({orders}, [&] { taken = f.take().size(); });
  CHECK(f.take().empty());
  CHECK(taken == 1);
}

TEST_CASE("what the call of news throws comes out of the take, and the next one goes on") {
  fetch_news f;
  f.deliver(orders, 0, 1);
  f.queue.tell({orders}, [&] {
    f.queue.tell_over({orders});
    throw std::runtime_error("no");
  });
  CHECK_THROWS_WITH(static_cast<void>(f.queue.take(f.now, {})), "no");
  CHECK(f.take().size() == 1);
}

TEST_CASE("after the end nothing is told any more") {
  fetch_news f;
  f.tell();
  f.queue.shut(error(error_code::closed));
  CHECK(f.failure() == error_code::closed);
  f.tell();
  CHECK(f.failure() == error_code::closed);
  CHECK(f.calls == 0);
}

}  // namespace klamm::handoff
