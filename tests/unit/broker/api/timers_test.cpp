#include "broker/api/timers.hpp"

#include <doctest/doctest.h>

using namespace klamm;
using klamm::broker::api::timers;

TEST_CASE("a call comes when its time has come, in the order of times, unless its handle is gone") {
  timers all;
  std::string called;
  const auto at = [](int s) { return time_point(std::chrono::seconds(s)); };
  const auto late = all.call_at(at(3), [&] { called += "late "; });
  auto first = all.call_at(at(1), [&] { called += "first "; });
  auto dropped = all.call_at(at(1), [&] { called += "dropped "; });
  CHECK(all.deadline() == at(1));
  dropped.reset();
  CHECK(all.size() == 2);
  all.run(at(0));
  CHECK(called.empty());
  all.run(at(2));
  CHECK(called == "first ");
  first.reset();
  CHECK(all.deadline() == at(3));
  all.run(at(3));
  CHECK(called == "first late ");
  CHECK(all.deadline() == never);
}

TEST_CASE("a call may drop its own handle, and another's") {
  timers all;
  timers::handle own, other;
  int calls = 0;
  own = all.call_at(time_point(), [&] { ++calls, own.reset(), other.reset(); });
  other = all.call_at(time_point(), [&] { ++calls; });
  all.run(time_point());
  CHECK(calls == 1);
  CHECK(all.size() == 0);
}
