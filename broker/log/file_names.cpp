#include "broker/log/file_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace klamm::broker::log {
namespace {

constexpr std::size_t offset_digits = 20;
constexpr std::size_t longest_name = 255;
constexpr std::string_view delete_suffix = "-delete";
constexpr std::string_view stray_suffix = "-stray";

constexpr std::array<std::string_view, 5> kind_suffixes = {".log", ".index", ".timeindex", ".txnindex",
                                                           ".snapshot"};
constexpr std::array<std::string_view, 4> stage_suffixes = {"", deleted_suffix, ".cleaned", ".swap"};

std::optional<std::int64_t> parse_number(std::string_view digits) {
  std::int64_t value = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [at, failure] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || failure != std::errc() || at != end || value < 0) return std::nullopt;
  return value;
}

std::string retired_name(const topic_partition& partition, const uuid& unique, std::string_view suffix) {
  std::string tail = fmt::format("-{}.", partition.partition.value);
  for (const auto byte : unique.bytes) tail += fmt::format("{:02x}", byte);
  tail += suffix;
  return partition.topic.substr(0, longest_name - tail.size()) + tail;
}

}  // namespace

std::string segment_file(offset base, file_kind kind) {
  return fmt::format("{:020}{}", base.value, kind_suffixes[static_cast<std::size_t>(kind)]);
}

std::optional<segment_file_name> parse_segment_file(std::string_view name) {
  if (name.size() <= offset_digits) return std::nullopt;
  const auto base = parse_number(name.substr(0, offset_digits));
  if (!base) return std::nullopt;
  const auto suffix = name.substr(offset_digits);
  for (std::size_t kind = 0; kind < kind_suffixes.size(); ++kind) {
    if (!suffix.starts_with(kind_suffixes[kind])) continue;
    const auto rest = suffix.substr(kind_suffixes[kind].size());
    const auto* const stage = std::find(stage_suffixes.begin(), stage_suffixes.end(), rest);
    if (stage == stage_suffixes.end()) return std::nullopt;
    return segment_file_name{offset(*base), static_cast<file_kind>(kind),
                             static_cast<file_stage>(stage - stage_suffixes.begin())};
  }
  return std::nullopt;
}

std::string log_directory_name(const topic_partition& partition) {
  return fmt::format("{}-{}", partition.topic, partition.partition.value);
}

std::string delete_directory_name(const topic_partition& partition, const uuid& unique) {
  return retired_name(partition, unique, delete_suffix);
}

std::string stray_directory_name(const topic_partition& partition, const uuid& unique) {
  return retired_name(partition, unique, stray_suffix);
}

bool is_delete_directory(std::string_view name) {
  return name.ends_with(delete_suffix) && name.find('.') != std::string_view::npos;
}

std::optional<topic_partition> parse_log_directory(std::string_view name) {
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto digits = name.substr(dash + 1);
  const auto number = parse_number(digits);
  if (!number || *number > INT32_MAX || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  return topic_partition{std::string(name.substr(0, dash)), partition_id(static_cast<std::int32_t>(*number))};
}

}  // namespace klamm::broker::log
