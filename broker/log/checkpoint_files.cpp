#include "broker/log/checkpoint_files.hpp"

#include <charconv>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace klamm::broker::log {
namespace {

constexpr std::string_view format_version = "0";

/// Takes the next line off `text`, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// Takes the next word off `line`.
std::string_view take_word(std::string_view& line) {
  const auto end = line.find(' ');
  const auto word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return word;
}

template <class T>
bool parse(std::string_view word, T& value) {
  const auto* const end = word.data() + word.size();
  const auto [at, failure] = std::from_chars(word.data(), end, value);
  return !word.empty() && failure == std::errc() && at == end;
}

error bad(std::string_view what, std::string_view line) {
  return error(error_code::kafka_storage_error,
               fmt::format("{}: cannot read the line \"{}\"", what, line.substr(0, 80)));
}

/// Walks the lines of a checkpoint: version, count, and as many lines as the count says.
template <class OnLine>
result<void> read_checkpoint(std::string_view what, std::string_view text, OnLine on_line) {
  if (text.empty()) return {};
  if (const auto line = take_line(text); line != format_version) return bad(what, line);
  std::int64_t count = 0;
  if (const auto line = take_line(text); !parse(line, count)) return bad(what, line);
  std::int64_t seen = 0;
  for (; !text.empty(); ++seen) {
    const auto line = take_line(text);
    if (!on_line(line)) return bad(what, line);
  }
  if (seen == count) return {};
  return error(error_code::kafka_storage_error,
               fmt::format("{}: {} lines where {} were promised", what, seen, count));
}

/// The value behind `key` in lines of `key<separator>value`.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key,
                                         std::string_view separator) {
  while (!text.empty()) {
    auto line = take_line(text);
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    if (!line.starts_with(separator)) continue;
    return line.substr(separator.size());
  }
  return std::nullopt;
}

}  // namespace

std::string write_offset_checkpoint(const offset_checkpoint& offsets) {
  std::string text = fmt::format("{}\n{}\n", format_version, offsets.size());
  for (const auto& [partition, at] : offsets)
    fmt::format_to(std::back_inserter(text), "{} {} {}\n", partition.topic, partition.partition.value,
                   at.value);
  return text;
}

result<offset_checkpoint> read_offset_checkpoint(std::string_view text) {
  offset_checkpoint out;
  auto read = read_checkpoint("offset checkpoint", text, [&](std::string_view line) {
    topic_partition partition;
    offset at;
    partition.topic = take_word(line);
    if (!parse(take_word(line), partition.partition.value) || !parse(line, at.value)) return false;
    return out.emplace(std::move(partition), at).second && at.value >= 0;
  });
  if (!read) return read.failure();
  return out;
}

std::string write_epoch_checkpoint(const std::vector<epoch_start>& epochs) {
  std::string text = fmt::format("{}\n{}\n", format_version, epochs.size());
  for (const auto& [epoch, start] : epochs)
    fmt::format_to(std::back_inserter(text), "{} {}\n", epoch.value, start.value);
  return text;
}

result<std::vector<epoch_start>> read_epoch_checkpoint(std::string_view text) {
  std::vector<epoch_start> out;
  auto read = read_checkpoint("leader-epoch-checkpoint", text, [&](std::string_view line) {
    epoch_start entry;
    if (!parse(take_word(line), entry.epoch.value) || !parse(line, entry.start.value)) return false;
    const bool rises = out.empty() || (entry.epoch > out.back().epoch && entry.start >= out.back().start);
    out.push_back(entry);
    return rises && entry.epoch.value >= 0 && entry.start.value >= 0;
  });
  if (!read) return read.failure();
  return out;
}

std::string write_partition_metadata(const uuid& topic_id) {
  return fmt::format("version: {}\ntopic_id: {}", format_version, to_string(topic_id));
}

result<uuid> read_partition_metadata(std::string_view text) {
  if (value_of(text, "version", ": ") != format_version) return bad("partition.metadata", text);
  const auto id = parse_uuid(value_of(text, "topic_id", ": ").value_or(""));
  if (!id) return bad("partition.metadata", text);
  return *id;
}

std::string write_meta_properties(const directory_properties& properties) {
  return fmt::format("#\nnode.id={}\ndirectory.id={}\nversion=1\ncluster.id={}\n", properties.node.value,
                     to_string(properties.directory_id), properties.cluster_id);
}

result<directory_properties> read_meta_properties(std::string_view text) {
  directory_properties out;
  const auto cluster = value_of(text, "cluster.id", "=");
  const auto id = parse_uuid(value_of(text, "directory.id", "=").value_or(""));
  if (!cluster || !id || !parse(value_of(text, "node.id", "=").value_or(""), out.node.value))
    return error(error_code::kafka_storage_error,
                 "meta.properties: cluster.id, node.id or directory.id is missing or unreadable");
  out.cluster_id = *cluster;
  out.directory_id = *id;
  return out;
}

std::string write_clean_marker(std::int64_t broker_epoch) {
  return fmt::format(R"({{"version":0,"brokerEpoch":{}}})", broker_epoch);
}

std::int64_t read_clean_marker(std::string_view text) {
  constexpr std::string_view key = "\"brokerEpoch\":";
  const auto at = text.find(key);
  if (at == std::string_view::npos) return -1;
  const auto digits = text.substr(at + key.size());
  std::int64_t epoch = -1;
  return parse(digits.substr(0, digits.find_first_not_of("-0123456789")), epoch) ? epoch : -1;
}

}  // namespace klamm::broker::log
