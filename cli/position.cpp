#include "cli/position.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace klamm::cli {
namespace {

using namespace std::chrono;

[[noreturn]] void refuse(std::string_view text, const char* allowed) {
  throw std::invalid_argument('"' + std::string(text) + "\" is not " + allowed);
}

template <class Int>
std::optional<Int> whole_number(std::string_view text) {
  Int value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

constexpr Millis longest = days(36'500);

// The length of a unit, or nothing.
std::optional<Millis> unit(std::string_view name) {
  if (name == "ms") return Millis(1);
  if (name == "s") return seconds(1);
  if (name == "m") return minutes(1);
  if (name == "h") return hours(1);
  if (name == "d") return days(1);
  return std::nullopt;
}

// A whole number of units; not longer than `longest`.
std::optional<Millis> span(std::string_view text) {
  const auto letters = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = whole_number<std::int64_t>(text.substr(0, letters));
  const auto each = unit(text.substr(letters));
  if (!count || !each || *count > longest / *each) return std::nullopt;
  return *count * *each;
}

// "12:34:56" or "12:34", with an optional Z.
std::optional<seconds> time_of_day(std::string_view text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  if ((text.size() != 5 && text.size() != 8) || text[2] != ':') return std::nullopt;
  const auto hour = whole_number<int>(text.substr(0, 2)), minute = whole_number<int>(text.substr(3, 2));
  const auto second = text.size() == 8 ? whole_number<int>(text.substr(6, 2)) : std::optional(0);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return hours(*hour) + minutes(*minute) + seconds(*second);
}

std::optional<Timestamp> calendar(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = whole_number<int>(text.substr(0, 4)), m = whole_number<int>(text.substr(5, 2)),
             d = whole_number<int>(text.substr(8, 2));
  if (!y || !m || !d) return std::nullopt;
  const year_month_day date(year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d)));
  if (!date.ok()) return std::nullopt;
  const Timestamp midnight = sys_days(date);
  if (text.size() == 10) return midnight;
  const auto of_day = text[10] == 'T' || text[10] == ' ' ? time_of_day(text.substr(11)) : std::nullopt;
  if (!of_day) return std::nullopt;
  return midnight + *of_day;
}

}  // namespace

Timestamp parse_time(std::string_view text, Timestamp now) {
  if (text == "now") return now;
  if (text.starts_with('-'))
    if (const auto back = span(text.substr(1))) return now - *back;
  if (const auto when = calendar(text)) return *when;
  if (const auto since_1970 = whole_number<std::int64_t>(text); since_1970 && *since_1970 >= 0)
    return Timestamp(Millis(*since_1970));
  refuse(text,
         "a time: 2026-01-31, 2026-01-31T12:00:00, milliseconds since 1970, now, or -500ms, -30s, -10m, -1h, "
         "-7d");
}

Millis parse_duration(std::string_view text) {
  if (const auto exact = span(text)) return *exact;
  double seconds{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const auto most = duration<double>(longest).count();
  if (failure != std::errc() || end != text.data() + text.size() || !(seconds >= 0 && seconds <= most))
    refuse(text, "a span of time: 500ms, 30s, 10m, 1h, 7d, or a number of seconds");
  return round<Millis>(duration<double>(seconds));
}

position parse_position(std::string_view text, Timestamp now) {
  if (text == "start" || text == "beginning") return {.at = position::start};
  if (text == "end") return {.at = position::end};
  if (text.starts_with('@')) {
    const auto second = text.find(":@");
    position range{.at = position::time,
                   .from = parse_time(text.substr(1, second == text.npos ? second : second - 1), now)};
    if (second != text.npos) range.until = parse_time(text.substr(second + 2), now);
    return range;
  }
  if (const auto number = whole_number<std::int64_t>(text)) {
    // The most negative number has no counterpart.
    if (text.starts_with('-')) return {.at = position::before_end, .number = -std::max(*number, -INT64_MAX)};
    return {.at = position::offset, .number = *number};
  }
  refuse(text, "a position: start, end, an offset, -N (N before the end), @TIME, or @TIME:@TIME");
}

}  // namespace klamm::cli
