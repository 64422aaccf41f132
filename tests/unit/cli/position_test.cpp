#include "cli/position.hpp"

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
}

TEST_CASE("times: dates, times of day, milliseconds, and so long ago") {
  CHECK(parse_time("2026-01-01", now) == new_year);
  CHECK(parse_time("2026-01-01T01:30:00", now) == new_year + hours(1) + std::chrono::minutes(30));
  CHECK(parse_time("2026-01-01 01:30Z", now) == new_year + hours(1) + std::chrono::minutes(30));
  CHECK(parse_time("1767225600000", now) == new_year);
  CHECK(parse_time("now", now) == now);
  CHECK(parse_time("-1h", now) == now - hours(1));
  CHECK(parse_time("-7d", now) == now - hours(168));
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
                           "@-1y", "@now:@never"})
    CHECK_THROWS_AS(parse_position(text, now), std::invalid_argument);
}
