// Values of options as text: how properties are read and shown.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <klamm/options.hpp>

namespace klamm::api {

/// The values of an enumeration under their names, the first of each value being the one that is shown.
template <class T>
struct named {
  std::string_view name;
  T value;
};

std::string_view trimmed(std::string_view text);
std::vector<std::string> split_list(std::string_view text);
/// "earliest", "latest", "none", "by_duration:P3D" and librdkafka's words for them.
std::optional<OffsetReset> parse_reset(std::string_view text);
std::string show_reset(const OffsetReset& reset);
/// An ISO 8601 duration of days, hours, minutes and seconds: "P1DT2H", "PT30S".
std::optional<Millis> parse_iso_duration(std::string_view text);

/// Text to value, for each type of a field that is a number of something, or yes or no.
std::optional<std::int64_t> parse_number(std::string_view text);
std::optional<bool> parse_bool(std::string_view text);

inline std::int64_t number_of(Millis value) { return value.count(); }
inline std::int64_t number_of(ByteSize value) { return static_cast<std::int64_t>(value.value); }
template <std::integral T>
std::int64_t number_of(T value) {
  return static_cast<std::int64_t>(value);
}
template <class T>
T value_of(std::int64_t number) {
  if constexpr (std::is_same_v<T, ByteSize>)
    return ByteSize(static_cast<std::uint64_t>(number));
  else
    return static_cast<T>(number);
}

}  // namespace klamm::api
