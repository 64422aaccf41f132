// The configuration keys that the broker knows: types, defaults, ranges and meanings, from config_table.def.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace klamm::broker::meta {

/// The numbers are those of DescribeConfigs.
enum class config_type : std::int8_t { boolean = 1, string = 2, int32 = 3, int64 = 5, float64 = 6, list = 7 };
enum class config_scope { topic, broker, dynamic };

struct config_key {
  config_scope scope;
  std::string_view name;
  config_type type;
  const char* default_value;  // null: none
  std::string_view valid;
  std::string_view synonym;
  std::string_view text;
};

/// Some decisions read or write this one by themselves.
inline constexpr std::string_view min_isr_key = "min.insync.replicas";

/// Keys and values as text, as ConfigRecords keep them.
using config_map = std::map<std::string, std::string, std::less<>>;

std::span<const config_key> config_keys();
/// Null for a key that topics (brokers) do not have.
const config_key* find_topic_key(std::string_view name);
const config_key* find_broker_key(std::string_view name);

/// INVALID_CONFIG with a message that names the key, the value and what is allowed.
result<void> check_value(const config_key& key, std::string_view value);

/// The parts of a list value: split at commas, blanks trimmed, empty parts left out.
std::vector<std::string_view> split_list(std::string_view value);

}  // namespace klamm::broker::meta
