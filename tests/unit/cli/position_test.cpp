#include "cli/position.hpp"

#include <cstdint>
#include <stdexcept>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::cli;
using std::chrono::hours;

namespace {
constexpr Timestamp now{Millis(1'700'000'000'000)};
constexpr Timestamp new_year{Millis(1'767'225'600'000)};  // 2026-01-01T00:00:00Z
}  // namespace

TEST_CASE("places and offsets") {
  CHECK(parse_position("start", now).at == position::start);
  CHECK(parse_position("end", now).at == position::end);
  const auto offset = parse_position("42", now);
  CHECK(offset.at == position::offset);
  CHECK(offset.number == 42);
  const auto before = parse_position("-10", now);
  CHECK(before.at == position::before_end);
  CHECK(before.number == 10);
  CHECK(parse_position("-9223372036854775808", now).number == INT64_MAX);
}

TEST_CASE("times: dates, times of day, milliseconds, and so long ago") {
  CHECK(parse_time("2026-01-01", now) == new_year);
  CHECK(parse_time("2026-01-01T01:30:00", now) == new_year + hours(1) + std::chrono::minutes(30));
  CHECK(parse_time("2026-01-01 01:30Z", now) == new_year + hours(1) + std::chrono::minutes(30));
  CHECK(parse_time("1767225600000", now) == new_year);
  CHECK(parse_time("now", now) == now);
  CHECK(parse_time("-1h", now) == now - hours(1));
  CHECK(parse_time("-7d", now) == now - hours(168));
  CHECK(parse_time("-500ms", now) == now - Millis(500));
}

TEST_CASE("a range of times") {
  const auto range = parse_position("@-1h:@now", now);
  CHECK(range.at == position::time);
  CHECK(range.from == now - hours(1));
  CHECK(range.until == now);
  CHECK(!parse_position("@2026-01-01", now).until);
}

TEST_CASE("what is none of these is refused, and the message says what is allowed") {
  for (const auto* text : {"", "soon", "@", "@soon", "1x", "@2026-13-01", "@2026-02-30", "@2026-01-01T25:00",
                           "@-1y", "@now:@never", "@-9999999999999999h", "@-h"})
    CHECK_THROWS_AS(parse_position(text, now), std::invalid_argument);
}

TEST_CASE("spans of time have a unit, or are seconds") {
  CHECK(parse_duration("500ms") == Millis(500));
  CHECK(parse_duration("30s") == std::chrono::seconds(30));
  CHECK(parse_duration("2m") == std::chrono::minutes(2));
  CHECK(parse_duration("10") == std::chrono::seconds(10));
  CHECK(parse_duration("0.25") == Millis(250));
  for (const auto* text : {"", "-1", "1y", "s", "nan", "inf", "1e300", "99999999999999999d", "1.5h", "30 s"})
    CHECK_THROWS_AS(parse_duration(text), std::invalid_argument);
}
