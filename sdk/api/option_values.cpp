#include "api/option_values.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::api {
namespace {

constexpr std::string_view blanks = " \t\r\n";

constexpr named<OffsetReset::To> resets[] = {
    {"latest", OffsetReset::to_latest},
    {"earliest", OffsetReset::to_earliest},
    {"none", OffsetReset::none},
    {"largest", OffsetReset::to_latest},
    {"end", OffsetReset::to_latest},
    {"smallest", OffsetReset::to_earliest},
    {"beginning", OffsetReset::to_earliest},
    {"error", OffsetReset::none},
};
constexpr std::string_view by_duration = "by_duration:";

struct unit {
  char letter;
  bool of_time;  // stands behind the T
  std::int64_t millis;
};
constexpr unit units[] = {{'W', false, 604'800'000},
                          {'D', false, 86'400'000},
                          {'H', true, 3'600'000},
                          {'M', true, 60'000},
                          {'S', true, 1'000}};

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto item = trimmed(text.substr(0, comma)); !item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> parse_bool(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "true" || lower == "t" || lower == "1") return true;
  if (lower == "false" || lower == "f" || lower == "0") return false;
  return std::nullopt;
}

std::optional<Millis> parse_iso_duration(std::string_view text) {
  if (!text.starts_with('P') || text.size() < 3) return std::nullopt;
  text.remove_prefix(1);
  std::int64_t total = 0;
  bool in_time = false;
  const unit* last = nullptr;
  while (!text.empty()) {
    if (text.starts_with('T') && !in_time) {
      in_time = true;
      text.remove_prefix(1);
    }
    std::int32_t count = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
    const auto used = static_cast<std::size_t>(end - text.data());
    if (failed != std::errc() || used == text.size() || count < 0) return std::nullopt;
    const auto* found = std::ranges::find_if(
        units, [&](const unit& u) { return u.letter == text[used] && u.of_time == in_time; });
    if (found == std::end(units) || (last && found <= last)) return std::nullopt;
    last = found;
    total += count * found->millis;
    text.remove_prefix(used + 1);
  }
  return Millis(total);
}

std::optional<OffsetReset> parse_reset(std::string_view text) {
  if (text.starts_with(by_duration)) {
    const auto back = parse_iso_duration(text.substr(by_duration.size()));
    return back ? std::optional(OffsetReset{OffsetReset::duration, *back}) : std::nullopt;
  }
  for (const auto& [name, to] : resets)
    if (name == text) return OffsetReset{to};
  return std::nullopt;
}

std::string show_reset(const OffsetReset& reset) {
  for (const auto& [name, to] : resets)
    if (to == reset.to) return std::string(name);
  return fmt::format("{}PT{}S", by_duration, reset.back.count() / 1000);
}

}  // namespace klamm::api
