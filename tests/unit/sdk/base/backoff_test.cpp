// KIP-580: waits that grow, up to a limit, and spread.
#include "base/backoff.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

using namespace klamm;

namespace {

constexpr backoff_options options{millis(100), millis(1000)};

/// The shortest and the longest of many waits.
std::pair<duration, duration> range(int failures) {
  rng random(7);
  std::vector<duration> waits;
  for (int i = 0; i < 1000; ++i) waits.push_back(backoff(options, failures, random));
  const auto [shortest, longest] = std::ranges::minmax(waits);
  return {shortest, longest};
}

}  // namespace

TEST_CASE("the wait doubles with each failure up to its limit, and uses a fifth to either side of that") {
  for (const auto& [failures, plain] :
       {std::pair(1, 100), {2, 200}, {3, 400}, {4, 800}, {5, 1000}, {60, 1000}}) {
    CAPTURE(failures);
    const auto [shortest, longest] = range(failures);
    CHECK(shortest >= 8 * millis(plain) / 10);
    CHECK(shortest < 81 * millis(plain) / 100);
    CHECK(longest <= 12 * millis(plain) / 10);
    CHECK(longest > 119 * millis(plain) / 100);
  }
}

TEST_CASE("who failed together does not come back together") {
  rng one(1), other(2);
  CHECK(backoff(options, 1, one) != backoff(options, 1, other));
}

TEST_CASE("failures in a row wait ever longer, and a success forgets them") {
  rng random(7);
  retry_state state;
  const time_point now{std::chrono::hours(1)};
  CHECK(state.due(now));
  duration before{};
  for (int failures = 1; failures <= 4; ++failures) {
    state.failed(options, random, now);
    CHECK(state.failures() == failures);
    CHECK_FALSE(state.due(now));
    const auto wait = state.at() - now;
    CHECK(wait > before);
    CHECK_FALSE(state.due(state.at() - duration(1)));
    CHECK(state.due(state.at()));
    before = wait;
  }
  state.succeeded();
  CHECK(state.due(now));
  state.failed(options, random, now);
  CHECK(state.at() - now <= millis(120));
}
