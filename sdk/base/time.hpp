// Time as the machines see it: handed in, never asked for.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/strong.hpp"

namespace klamm {

/// The axis of deadlines. It has no now(): the shell (or the simulator) says what time it is.
struct steady_axis {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<steady_axis>;
  static constexpr bool is_steady = true;
};

using duration = std::chrono::nanoseconds;
using millis = std::chrono::milliseconds;
using time_point = steady_axis::time_point;
inline constexpr time_point never = time_point::max();

/// Milliseconds since 1970-01-01 UTC, as records carry them. -1: none.
using timestamp = strong_position<struct timestamp_tag, std::int64_t>;

/// What a machine is told of the time: `steady` for deadlines, `wall` for what is stored and shown.
struct instant {
  time_point steady{};
  timestamp wall{0};
};

/// `at + d`, or `never` where that would overflow.
constexpr time_point after(time_point at, duration d) { return at > never - d ? never : at + d; }

}  // namespace klamm
