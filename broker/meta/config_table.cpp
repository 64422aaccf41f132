#include "broker/meta/config_table.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace klamm::broker::meta {
namespace {

constexpr config_key table[] = {
#define KLAMM_CONFIG(scope, name, type, value, valid, synonym, text) \
  {config_scope::scope, name, config_type::type, value, valid, synonym, text},
#include "broker/meta/config_table.def"
#undef KLAMM_CONFIG
};

const config_key* find(std::string_view name, bool topic) {
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const config_key& key) {
    return (key.scope == config_scope::topic) == topic && key.name == name;
  });
  return found == std::end(table) ? nullptr : found;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
  text = trim(text);
  Number number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

error refuse(const config_key& key, std::string_view value, std::string_view why) {
  return {error_code::invalid_config,
          fmt::format("Invalid value {} for configuration {}: {}", value, key.name, why)};
}

template <class Number>
result<void> check_number(const config_key& key, std::string_view value, std::string_view kind) {
  const auto number = parse<Number>(value);
  if (!number) return refuse(key, value, fmt::format("Not a number of type {}", kind));
  const auto comma = key.valid.find(',');
  if (comma == std::string_view::npos) return {};
  const auto low = parse<Number>(key.valid.substr(0, comma));
  const auto high = parse<Number>(key.valid.substr(comma + 1));
  if (low && *number < *low) return refuse(key, value, fmt::format("Value must be at least {}", *low));
  if (high && *number > *high) return refuse(key, value, fmt::format("Value must be no more than {}", *high));
  return {};
}

bool is_choice(const config_key& key, std::string_view value) {
  if (key.valid.empty()) return true;
  for (std::string_view rest = key.valid; !rest.empty();) {
    const auto bar = rest.find('|');
    if (rest.substr(0, bar) == value) return true;
    rest = bar == std::string_view::npos ? std::string_view{} : rest.substr(bar + 1);
  }
  return false;
}

result<void> check_choice(const config_key& key, std::string_view value, std::string_view part) {
  if (is_choice(key, part)) return {};
  return refuse(key, value, fmt::format("String must be one of: {}", key.valid));
}

/// Of a list of replicas.
constexpr std::string_view replica_list = "*|partition:broker";

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return '0' <= c && c <= '9'; });
}

result<void> check_replicas(const config_key& key, std::string_view value) {
  if (trim(value) == "*") return {};
  for (const auto part : split_list(value)) {
    const auto colon = part.find(':');
    if (colon == std::string_view::npos || !is_digits(part.substr(0, colon)) ||
        !is_digits(part.substr(colon + 1)))
      return refuse(key, value, "Must be the literal '*' or a list of partition:broker pairs");
  }
  return {};
}

}  // namespace

std::span<const config_key> config_keys() { return table; }
const config_key* find_topic_key(std::string_view name) { return find(name, true); }
const config_key* find_broker_key(std::string_view name) { return find(name, false); }

result<void> check_value(const config_key& key, std::string_view value) {
  switch (key.type) {
    case config_type::boolean:
      if (trim(value) == "true" || trim(value) == "false") return {};
      return refuse(key, value, "Expected value to be either true or false");
    case config_type::int32: return check_number<std::int32_t>(key, value, "INT");
    case config_type::int64: return check_number<std::int64_t>(key, value, "LONG");
    case config_type::float64: return check_number<double>(key, value, "DOUBLE");
    case config_type::string: return check_choice(key, value, value);
    case config_type::list:
      if (key.valid == replica_list) return check_replicas(key, value);
      for (const auto part : split_list(value))
        if (auto checked = check_choice(key, value, part); !checked) return checked;
      return {};
  }
  return {};
}

std::vector<std::string_view> split_list(std::string_view value) {
  std::vector<std::string_view> parts;
  while (!value.empty()) {
    const auto comma = value.find(',');
    if (const auto part = trim(value.substr(0, comma)); !part.empty()) parts.push_back(part);
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
  }
  return parts;
}

}  // namespace klamm::broker::meta
