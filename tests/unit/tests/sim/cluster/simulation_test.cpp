// Whole runs, made small: that they are calm where nothing strikes, repeat themselves, and do not take a broken product for sound.
#include "tests/sim/cluster/simulation.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::sim;

namespace {

void make_small(scenario& how) {
  how.storm = std::chrono::seconds(2);
  how.produce_pause = std::chrono::milliseconds(40);
  how.poll_pause = std::chrono::milliseconds(20);
}

void make_calm(scenario& how) {
  make_small(how);
  how.calm = std::chrono::hours(1);
  how.power_cuts = false;  // one may follow a commit at any time
  how.weather = {};
}

outcome run(std::uint64_t seed, void (*change)(scenario&), std::vector<std::string> planted = {}) {
  return simulation(seed, std::move(planted), silent_log(), change).run();
}

std::uint64_t times(const outcome& of, std::string_view what) {
  const auto found = of.seen.counts().find(what);
  return found == of.seen.counts().end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("without faults every record is acknowledged and nothing is struck") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto calm = run(seed, make_calm);
    CHECK(calm.failures == std::vector<std::string>{});
    CHECK(times(calm, "records acknowledged") == times(calm, "records sent"));
    CHECK(times(calm, "records acknowledged") > 10);
    for (const auto* what : {"kills", "power cuts", "orderly stops", "disks broken", "partitions", "pauses",
                             "producers killed", "resets"})
      CHECK_MESSAGE(times(calm, what) == 0, std::string(what), " under seed ", seed);
  }
}

TEST_CASE("a storm strikes in every way, and the brokers that it takes come back") {
  coverage seen;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    const auto stormy = run(seed, [](scenario& how) {
      make_small(how);
      how.calm = std::chrono::milliseconds(200);
    });
    CHECK_MESSAGE(stormy.failures == std::vector<std::string>{}, "seed ", seed);
    seen.add(stormy.seen);
  }
  for (const auto* what :
       {"kills", "power cuts", "torn writes", "orderly stops", "disks broken", "nodes failed", "partitions",
        "pauses", "producers killed", "members killed", "members leaving", "clock jumps"})
    CHECK_MESSAGE(seen.counts().contains(what), std::string(what));
}

TEST_CASE("the same seed does the same things, another does others") {
  const auto once = run(7, make_small), again = run(7, make_small), other = run(8, make_small);
  CHECK(once.trace_hash == again.trace_hash);
  CHECK(once.events == again.events);
  CHECK(once.trace_hash != other.trace_hash);
}

TEST_CASE("a defect that every run passes is found in a calm one") {
  const auto broken = run(1, make_calm, {"client.drop_fetched_batch"});
  const auto sound = run(1, make_calm);
  CHECK(times(sound, "fetches of several batches") > 0);
  CHECK(sound.failures.empty());
  CHECK_FALSE(broken.failures.empty());
}
