#include "handoff/byte_budget.hpp"

#include <latch>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::handoff;

TEST_CASE("waiters are served in the order in which they came, and nobody passes them") {
  std::latch both_wait(2);
  byte_budget budget(100, [&] { both_wait.count_down(); });
  REQUIRE(budget.try_take(100));
  std::mutex mutex;
  std::vector<int> served;
  const auto waits_for = [&](int who, std::size_t bytes) {
    return std::thread([&, who, bytes] {
      CHECK(budget.take(bytes, duration::max()).has_value());
      const std::lock_guard lock(mutex);
      served.push_back(who);
    });
  };
  auto first = waits_for(1, 80);
  while (!budget.contended()) std::this_thread::yield();
  auto second = waits_for(2, 10);
  both_wait.wait();
  budget.give_back(50);  // enough for the second, which has to wait for the first
  CHECK_FALSE(budget.try_take(1));
  CHECK(budget.used() == 50);
  budget.give_back(30);
  first.join();
  budget.give_back(10);
  second.join();
  CHECK(served == std::vector<int>{1, 2});
  CHECK(budget.used() == 100);
  CHECK_FALSE(budget.contended());
}

TEST_CASE("who gives up makes way for those behind") {
  byte_budget budget(100);
  REQUIRE(budget.try_take(60));
  std::thread patient;
  {
    std::thread impatient([&] { CHECK(budget.take(50, millis(20)).code() == error_code::buffer_full); });
    while (!budget.contended()) std::this_thread::yield();
    patient = std::thread([&] { CHECK(budget.take(40, duration::max()).has_value()); });
    impatient.join();
  }
  patient.join();
  CHECK(budget.used() == 100);
}

TEST_CASE("more than there will ever be is refused at once, and shutting ends every wait") {
  byte_budget budget(100);
  CHECK(budget.take(101, duration::max()).code() == error_code::buffer_full);
  REQUIRE(budget.try_take(100));
  std::thread waiting([&] { CHECK(budget.take(1, duration::max()).code() == error_code::closed); });
  while (!budget.contended()) std::this_thread::yield();
  budget.shut(error(error_code::closed));
  waiting.join();
  CHECK(budget.take(1, duration::max()).code() == error_code::closed);
}

TEST_CASE("an overdrawn budget serves nobody until it is balanced") {
  byte_budget budget(100);
  budget.overdraw(150);
  CHECK(budget.used() == 150);
  CHECK_FALSE(budget.try_take(1));
  budget.give_back(51);
  CHECK(budget.try_take(1));
}
