// What a row of the option table is made with: one function for each type of field.
#pragma once

#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "api/option_table.hpp"
#include "api/option_values.hpp"

namespace klamm::api::rows {

template <class Options>
Options& part(option_set& set) {
  if constexpr (std::is_same_v<Options, ClientOptions>)
    return set.client;
  else if constexpr (std::is_same_v<Options, ProducerOptions>)
    return set.producer;
  else
    return set.consumer;
}
template <class Options>
const Options& part(const option_set& set) {
  return part<Options>(const_cast<option_set&>(set));
}
template <class Options>
constexpr client_kinds kinds_of = std::is_same_v<Options, ClientOptions>     ? any_client
                                  : std::is_same_v<Options, ProducerOptions> ? producers
                                                                             : consumers;

struct names {
  std::string_view field, name, aliases{};
};
struct limits {
  std::int64_t least = 0, most = std::numeric_limits<std::int64_t>::max();
};

template <class Options, class T>
option_key number(T Options::* field, names n, limits in) {
  constexpr auto type = std::is_same_v<T, Millis>     ? "milliseconds"
                        : std::is_same_v<T, ByteSize> ? "bytes"
                                                      : "number";
  // What is not in a property's type is not in the field's either.
  if constexpr (std::is_same_v<T, int>)
    in.most = std::min<std::int64_t>(in.most, std::numeric_limits<int>::max());
  const auto range = in.most >= std::numeric_limits<int>::max() ? fmt::format("at least {}", in.least)
                                                                : fmt::format("{} to {}", in.least, in.most);
  const auto check = [=](std::int64_t value) -> problem {
    if (value >= in.least && value <= in.most) return std::nullopt;
    return fmt::format("out of range: it has to be {}", range);
  };
  return {.kinds = kinds_of<Options>,
          .field = n.field,
          .name = n.name,
          .aliases = n.aliases,
          .type = type,
          .range = range,
          .read = [=](option_set& set, std::string_view text) -> problem {
            const auto value = parse_number(text);
            if (!value) return fmt::format("not a whole number of {}", type);
            if (auto wrong = check(*value)) return wrong;
            part<Options>(set).*field = value_of<T>(*value);
            return std::nullopt;
          },
          .show = [=](const option_set& set) { return std::to_string(number_of(part<Options>(set).*field)); },
          .check = [=](const option_set& set) { return check(number_of(part<Options>(set).*field)); }};
}

template <class Options>
option_key text(std::string Options::* field, names n, std::string_view range = "any text") {
  return {.kinds = kinds_of<Options>,
          .field = n.field,
          .name = n.name,
          .aliases = n.aliases,
          .type = "text",
          .range = std::string(range),
          .read = [=](option_set& set, std::string_view value) -> problem {
            part<Options>(set).*field = value;
            return std::nullopt;
          },
          .show = [=](const option_set& set) { return part<Options>(set).*field; },
          .check = [](const option_set&) -> problem { return std::nullopt; }};
}

template <class Options>
option_key yes_or_no(bool Options::* field, names n) {
  return {.kinds = kinds_of<Options>,
          .field = n.field,
          .name = n.name,
          .aliases = n.aliases,
          .type = "true or false",
          .range = "true, false",
          .read = [=](option_set& set, std::string_view value) -> problem {
            const auto parsed = parse_bool(value);
            if (!parsed) return "neither true nor false";
            part<Options>(set).*field = *parsed;
            return std::nullopt;
          },
          .show = [=](const option_set& set) -> std::string {
            return part<Options>(set).*field ? "true" : "false";
          },
          .check = [](const option_set&) -> problem { return std::nullopt; }};
}

/// A field that has one of a few values; `get` gives the field out of the options.
template <class Options, class Get, class T, std::size_t N>
option_key one_of(Get get, const named<T> (&values)[N], names n) {
  std::string range;
  for (const auto& [name, value] : values) range += (range.empty() ? "" : ", ") + std::string(name);
  const auto* first = values;
  const auto name_of = [first](T value) -> std::string_view {
    for (const auto& [name, known] : std::span(first, N))
      if (known == value) return name;
    return {};
  };
  return {.kinds = kinds_of<Options>,
          .field = n.field,
          .name = n.name,
          .aliases = n.aliases,
          .type = "one of",
          .range = range,
          .read = [=](option_set& set, std::string_view text) -> problem {
            for (const auto& [name, value] : std::span(first, N))
              if (name == text) {
                get(part<Options>(set)) = value;
                return std::nullopt;
              }
            return fmt::format("it has to be one of {}", range);
          },
          .show =
              [=](const option_set& set) {
                return std::string(name_of(get(part<Options>(const_cast<option_set&>(set)))));
              },
          .check = [=](const option_set& set) -> problem {
            if (!name_of(get(part<Options>(const_cast<option_set&>(set)))).empty()) return std::nullopt;
            return fmt::format("it has to be one of {}", range);
          }};
}

}  // namespace klamm::api::rows
