// Percentiles against samples whose spread is known, and what the window forgets.
#include "client/sample_window.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "base/rng.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

constexpr time_point start(std::chrono::hours(1));

}  // namespace

TEST_CASE("small samples have their percentiles exactly: the nearest rank") {
  sample_window window;
  for (std::uint64_t value = 100; value >= 1; --value) window.add(value, start);
  const auto all = window.summary(start);
  CHECK(all.count == 100);
  CHECK(all.recent == 100);
  CHECK(all.sum == 5050);
  CHECK(all.mean == 50);
  CHECK(all.min == 1);
  CHECK(all.max == 100);
  CHECK(all.p50 == 50);
  CHECK(all.p75 == 75);
  CHECK(all.p90 == 90);
  CHECK(all.p95 == 95);
  CHECK(all.p99 == 99);
  CHECK(all.p99_99 == 100);
}

TEST_CASE("one sample is all of its percentiles, however large it is") {
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{1'000'003}, UINT64_MAX}) {
    CAPTURE(value);
    sample_window window;
    window.add(value, start);
    const auto one = window.summary(start);
    for (const auto said : {one.min, one.max, one.mean, one.p50, one.p99_99}) CHECK(said == value);
  }
}

TEST_CASE("percentiles of large samples are right to one part in 128") {
  rng random(7);
  sample_window window;
  std::vector<std::uint64_t> samples;
  for (int i = 0; i < 10'000; ++i) {
    samples.push_back(random.below(std::uint64_t{1} << (1 + i % 40)));
    window.add(samples.back(), start);
  }
  std::ranges::sort(samples);
  const auto said = window.summary(start);
  const auto near = [&](std::uint64_t value, std::size_t rank) {
    const auto right = samples[rank - 1];
    CAPTURE(rank);
    CHECK(value <= right + right / 128);
    CHECK(value >= right - right / 128);
  };
  near(said.p50, 5'000);
  near(said.p75, 7'500);
  near(said.p90, 9'000);
  near(said.p95, 9'500);
  near(said.p99, 9'900);
  near(said.p99_99, 9'999);
}

TEST_CASE("a sample counts for half a minute to a minute, what all came to for ever") {
  sample_window window;
  constexpr auto half_a_minute = sample_window::span;
  window.add(std::uint64_t{10}, start);
  CHECK(window.summary(start + 2 * half_a_minute - duration(1)).recent == 1);
  CHECK(window.summary(start + 2 * half_a_minute).recent == 0);
  window.add(std::uint64_t{20}, start + half_a_minute);
  CHECK(window.summary(start + half_a_minute).p50 == 10);
  CHECK(window.summary(start + half_a_minute).max == 20);
  CHECK(window.summary(start + 2 * half_a_minute).min == 20);  // the first span is over
  const auto later = window.summary(start + 10 * half_a_minute);
  CHECK(later.recent == 0);
  CHECK(later.max == 0);
  CHECK(later.count == 2);
  CHECK(later.sum == 30);
  window.add(std::uint64_t{5}, start + 10 * half_a_minute);
  CHECK(window.summary(start + 10 * half_a_minute).max == 5);
}

TEST_CASE("times are counted in microseconds, and one that runs backwards as none") {
  sample_window window;
  window.add(duration(1'999), start);
  window.add(duration(-5), start);
  CHECK(window.summary(start).max == 1);
  CHECK(window.summary(start).min == 0);
}
