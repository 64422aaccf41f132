// Where to read from, as the command line says it.
//
//   start | end          the first record that is there; the next that comes
//   N                    an offset
//   -N                   N before the end
//   @TIME                the first record at that time or later
//   @TIME:@TIME          from the first time up to the second
//
// TIME is a date (2026-01-31, UTC), a date and time (2026-01-31T12:00:00, UTC), milliseconds since 1970, "now", or so long
// ago (-500ms, -30s, -10m, -1h, -7d).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <klamm/types.hpp>

namespace klamm::cli {

struct position {
  enum kind { start, end, offset, before_end, time } at = end;
  std::int64_t number = 0;           // of offset and before_end
  Timestamp from{};                  // of time
  std::optional<Timestamp> until{};  // with time: where to stop
};

/// Throws std::invalid_argument that names what is allowed.
position parse_position(std::string_view text, Timestamp now);
/// TIME as above.
Timestamp parse_time(std::string_view text, Timestamp now);
/// A span of time: 500ms, 30s, 10m, 1h, 7d, or a number of seconds (30, 0.5). At most 36,500 days.
Millis parse_duration(std::string_view text);

}  // namespace klamm::cli
