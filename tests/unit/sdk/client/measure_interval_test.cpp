// Measurements that are told by themselves: at the interval, on the time that the machine is handed, until the client is closed.
#include <vector>

#include <doctest/doctest.h>

#include "client/client_core.hpp"
#include "link/transport.hpp"
#include "second.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

struct told_measurements final : measurement_sink {
  void measured(measurements what) override { times.push_back(what.taken.steady); }
  void over() override { ++ends; }

  std::vector<time_point> times;
  int ends = 0;
};

struct no_snapshots final : snapshot_sink {
  void publish(snapshot_ptr) override {}
};

/// A client without a broker: connections that it decides on are never made, so that nothing but time happens.
struct interval_script {
  told_measurements told;
  no_snapshots snapshots;
  instant now{time_point(std::chrono::hours(1)), timestamp(1'700'000'000'000)};
  link::net_effects out;
  client_core core;

  explicit interval_script(std::optional<duration> every)
      : core(options(every),
             {.snapshots = snapshots,
              .batches = nullptr,
              .fetches = nullptr,
              .log = silent_log(),
              .faults = nullptr,
              .measurements = &told},
             1) {}
  static core_options options(std::optional<duration> every) {
    core_options out;
    out.connection.bootstrap = {{"broker", 9092}};
    out.measure_every = every;
    return out;
  }
  /// Seconds from the start of those that were told.
  std::vector<std::int64_t> told_at(time_point start) const {
    std::vector<std::int64_t> out;
    for (const auto at : told.times)
      out.push_back(std::chrono::floor<std::chrono::seconds>(at - start).count());
    return out;
  }
  void tick_at(time_point at) {
    now.steady = at;
    core.on(link::event::tick{}, now, out);
  }
  void pass(duration how_long) {
    const auto end = now.steady + how_long;
    while (core.deadline() <= end) tick_at(std::max(now.steady, core.deadline()));
    now.steady = end;
  }
};

using seconds = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("measurements come at their interval, from the start on") {
  interval_script f(10 * second);
  const auto start = f.now.steady;
  f.pass(25 * second);
  CHECK(f.told.times.empty());  // not started
  f.now.steady = start;
  f.core.start(f.now, f.out);
  f.pass(10 * second - duration(1));
  CHECK(f.told.times.empty());
  f.pass(25 * second);
  CHECK(f.told_at(start) == seconds{10, 20, 30});
}

TEST_CASE("one that comes late brings neither the missed ones with it nor another beat") {
  interval_script f(10 * second);
  const auto start = f.now.steady;
  f.core.start(f.now, f.out);
  f.tick_at(start + 13 * second);
  f.tick_at(start + 19 * second);
  f.tick_at(start + 20 * second);
  f.tick_at(start + 55 * second);
  f.tick_at(start + 60 * second);
  f.tick_at(start + 65 * second);
  CHECK(f.told_at(start) == seconds{13, 20, 55, 65});
}

TEST_CASE("without an interval, or once the client is closed, there are none") {
  interval_script never_told(std::nullopt);
  never_told.core.start(never_told.now, never_told.out);
  never_told.pass(1000 * second);
  CHECK(never_told.told.times.empty());

  interval_script f(10 * second);
  f.core.start(f.now, f.out);
  f.pass(15 * second);
  REQUIRE(f.told.times.size() == 1);
  CHECK(f.told.ends == 0);
  bool closed = false;
  f.core.close(f.now.steady, [&](auto) { closed = true; }, f.now, f.out);
  f.core.completions().run();
  CHECK(closed);
  CHECK(f.told.ends == 1);
  f.tick_at(f.now.steady + 100 * second);
  CHECK(f.told.times.size() == 1);
  CHECK(f.core.deadline() == never);
  CHECK(f.core.measure(f.now).age > 100 * second);  // who asks is answered
}
