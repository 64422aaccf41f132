#include "broker/raft/checkpoint.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "broker/raft/control_records.hpp"
#include "wire/batch_builder.hpp"
#include "wire/batch_reader.hpp"
#include "wire/control_record.hpp"
#include "wire/record_reader.hpp"

namespace klamm::broker::raft {
namespace {

constexpr std::string_view extension = ".checkpoint";
constexpr std::size_t offset_digits = 20, epoch_digits = 10;
constexpr std::size_t largest_batch = std::size_t{1} << 30;
/// Records of a checkpoint are batched, so that a reader need not hold all of them at once.
constexpr std::size_t checkpoint_batch_bytes = 512 * 1024;

byte_chain data_batch(std::span<const record_value> values, offset base, leader_epoch epoch, timestamp at) {
  wire::batch_builder builder;
  for (const auto& value : values) builder.append({.timestamp = at, .value = bytes_view(value)});
  wire::compressor none;
  return wire::stamped(builder.seal({}, none), {.base_offset = base, .partition_leader_epoch = epoch});
}

/// How many of `values`, from the first on, one batch of a checkpoint takes.
std::size_t batch_share(std::span<const record_value> values) {
  std::size_t bytes = 0, count = 0;
  while (count < values.size() && (count == 0 || bytes + values[count].size() <= checkpoint_batch_bytes))
    bytes += values[count++].size();
  return count;
}

error damaged(std::string why) { return {error_code::corrupt_message, std::move(why)}; }

/// Walks all records, and gives the epoch of the last batch; -1: there was none. `control` is told the type of each control
/// record.
template <class OnControl>
result<leader_epoch> visit(const buffer_slice& bytes, record_visitor& data, OnControl control) {
  leader_epoch last;
  wire::compressor contexts;
  wire::batch_reader batches(bytes);
  wire::batch_view batch;
  for (auto step = batches.next(batch); step != wire::batch_reader::step::end; step = batches.next(batch)) {
    if (step != wire::batch_reader::step::batch || !batch.crc_valid())
      return damaged(fmt::format("a batch of the metadata log is damaged, {} bytes before its end",
                                 batches.rest().size()));
    auto reader = wire::record_reader::open(batch, contexts, largest_batch);
    if (!reader) return reader.failure();
    wire::record_view record;
    auto got = reader->next(record);
    for (; got == wire::record_reader::step::record; got = reader->next(record)) {
      if (batch.attributes().control())
        control(wire::read_control_type(record.key));
      else if (record.value)
        data(*record.value, record.offset, batch.header().partition_leader_epoch);
    }
    if (got == wire::record_reader::step::malformed)
      return damaged(fmt::format("a record of the metadata log is damaged, in the batch at {}",
                                 batch.base_offset().value));
    last = batch.header().partition_leader_epoch;
  }
  return last;
}

template <class Number>
bool parse_digits(std::string_view text, Number& to) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), to);
  return failed == std::errc{} && end == text.data() + text.size() && to >= 0;
}

}  // namespace

std::string checkpoint_name(const snapshot_id& id) {
  return fmt::format("{:020}-{:010}{}", id.end.value, id.epoch.value, extension);
}

std::optional<snapshot_id> parse_checkpoint_name(std::string_view name) {
  if (name.size() != offset_digits + 1 + epoch_digits + extension.size() || !name.ends_with(extension) ||
      name[offset_digits] != '-')
    return std::nullopt;
  snapshot_id id;
  if (!parse_digits(name.substr(0, offset_digits), id.end.value)) return std::nullopt;
  if (!parse_digits(name.substr(offset_digits + 1, epoch_digits), id.epoch.value)) return std::nullopt;
  return id;
}

std::vector<std::byte> encode_batch(std::span<const record_value> values, offset base, leader_epoch epoch,
                                    timestamp at) {
  return data_batch(values, base, epoch, at).flatten();
}

byte_chain encode_checkpoint(const snapshot_id& id, const checkpoint_content& content) {
  byte_chain file;
  offset next(0);
  const auto add_control = [&](const control_values& values) {
    file.append(control_batch(values, {next, id.epoch}, content.last_appended));
    next += static_cast<std::int64_t>(values.size());
  };
  add_control(snapshot_header(content.last_appended));
  if (content.voting.version > 0) add_control(voting_values(content.voting));
  for (auto rest = content.records; !rest.empty();) {
    const auto count = batch_share(rest);
    file.append(data_batch(rest.first(count), next, id.epoch, content.last_appended));
    next += static_cast<std::int64_t>(count);
    rest = rest.subspan(count);
  }
  add_control(snapshot_footer());
  return file;
}

result<leader_epoch> visit_records(const byte_chain& batches, record_visitor& visitor) {
  leader_epoch last;
  for (const auto& slice : batches.slices()) {
    const auto visited = visit(slice, visitor, [](auto) {});
    if (!visited) return visited;
    last = std::max(last, *visited);
  }
  return last;
}

result<void> visit_checkpoint(const buffer_slice& file, record_visitor& visitor) {
  bool header = false, footer = false;
  auto visited = visit(file, visitor, [&](std::optional<wire::control_type> type) {
    header |= type == wire::control_type::snapshot_header;
    footer |= type == wire::control_type::snapshot_footer;
  });
  if (!visited) return visited.failure();
  if (!header || !footer) return damaged("the checkpoint is not whole: its header or its footer is missing");
  return {};
}

}  // namespace klamm::broker::raft
