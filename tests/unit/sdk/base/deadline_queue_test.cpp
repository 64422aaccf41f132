#include "base/deadline_queue.hpp"

#include <string>

#include <doctest/doctest.h>

using klamm::deadline_queue;
using klamm::time_point;
using std::chrono::seconds;

namespace {
time_point at(int second) { return time_point(seconds(second)); }
}  // namespace

TEST_CASE("the earliest deadline comes first, equal ones by key") {
  deadline_queue<std::string> queue;
  queue.set("late", at(9));
  queue.set("b", at(3));
  queue.set("a", at(3));
  CHECK(queue.next() == at(3));
  CHECK(queue.pop_due(at(3)) == "a");
  CHECK(queue.pop_due(at(3)) == "b");
  CHECK(queue.pop_due(at(3)) == std::nullopt);
  CHECK(queue.next() == at(9));
}

TEST_CASE("a deadline that is moved or dropped is not heard at its old time") {
  deadline_queue<std::string> queue;
  queue.set("moved", at(1));
  queue.set("moved", at(5));
  queue.set("dropped", at(1));
  queue.set("dropped", klamm::never);
  CHECK(queue.pop_due(at(2)) == std::nullopt);
  CHECK(queue.pop_due(at(5)) == "moved");
  CHECK(queue.next() == klamm::never);
}
