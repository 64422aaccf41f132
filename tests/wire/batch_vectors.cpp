#include "batch_vectors.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "difference.hpp"
#include "vector_file.hpp"
#include "wire/batch_builder.hpp"
#include "wire/batch_reader.hpp"
#include "wire/control_record.hpp"
#include "wire/crc32c.hpp"
#include "wire/record_reader.hpp"

namespace klamm::wire_test {
namespace {

using nlohmann::json;
using namespace klamm::wire;

constexpr std::size_t decompression_limit = std::size_t{16} << 20;

json shown(const nullable_bytes& bytes) {
  return bytes ? json(to_hex(bytes->data(), bytes->size())) : json(nullptr);
}

// Long values are given as {"repeat": hex, "length": n}.
json expanded(const json& bytes) {
  if (!bytes.is_object()) return bytes;
  const auto unit = bytes.at("repeat").get<std::string>();
  const auto digits = bytes.at("length").get<std::size_t>() * 2;
  std::string hex;
  while (hex.size() < digits) hex += unit;
  return hex.substr(0, digits);
}

std::string_view control_name(std::optional<control_type> type) {
  constexpr std::string_view names[]{"ABORT",           "COMMIT",        "LEADER_CHANGE", "SNAPSHOT_HEADER",
                                     "SNAPSHOT_FOOTER", "KRAFT_VERSION", "KRAFT_VOTERS"};
  return type ? names[static_cast<std::size_t>(*type)] : "none";
}

void check_header(const batch_view& batch, const json& theirs) {
  const auto& h = batch.header();
  expect("magic", h.magic, theirs.at("magic"));
  expect("crc", h.crc, theirs.at("crc"));
  expect("crc_valid", batch.crc_valid(), theirs.at("crc_valid"));
  expect("attributes", h.attributes.bits, theirs.at("attributes"));
  expect("compression", name(h.attributes.codec()), theirs.at("compression").get<std::string>());
  if (h.magic > 0)
    expect("timestamp_type", h.attributes.log_append_time(), theirs.at("timestamp_type") == "LogAppendTime");
  if (batch.legacy()) {
    expect("offset", h.base_offset.value, theirs.at("offset"));
    expect("message_size", h.length, theirs.at("message_size"));
    expect("timestamp", h.magic == 0 ? json(nullptr) : json(h.max_timestamp.value), theirs.at("timestamp"));
    return;
  }
  expect("base_offset", h.base_offset.value, theirs.at("base_offset"));
  expect("batch_length", h.length, theirs.at("batch_length"));
  expect("partition_leader_epoch", h.partition_leader_epoch.value, theirs.at("partition_leader_epoch"));
  expect("last_offset_delta", h.last_offset_delta, theirs.at("last_offset_delta"));
  expect("base_timestamp", h.base_timestamp.value, theirs.at("base_timestamp"));
  expect("max_timestamp", h.max_timestamp.value, theirs.at("max_timestamp"));
  expect("producer_id", h.producer_id.value, theirs.at("producer_id"));
  expect("producer_epoch", h.producer_epoch.value, theirs.at("producer_epoch"));
  expect("base_sequence", h.base_sequence.value, theirs.at("base_sequence"));
  expect("record_count", h.record_count, theirs.at("record_count"));
  expect("transactional", h.attributes.transactional(), theirs.at("transactional"));
  expect("control", h.attributes.control(), theirs.at("control"));
  expect("delete horizon", h.attributes.delete_horizon(), !theirs.at("delete_horizon_ms").is_null());
  expect("last_offset", batch.last_offset().value, theirs.at("last_offset"));
  expect("last_sequence", h.last_sequence().value, theirs.at("last_sequence"));
}

void check_record(const record_view& record, const batch_view& batch, const json& theirs) {
  expect("record offset", record.offset.value, theirs.at("offset"));
  expect("record timestamp", record.timestamp.value, theirs.at("timestamp"));
  expect("key", shown(record.key), expanded(theirs.at("key")));
  expect("value", shown(record.value), expanded(theirs.at("value")));
  auto headers = json::array(), expected = json::array();
  for (const auto& header : record.headers) headers.push_back({header.key, shown(header.value)});
  if (theirs.contains("headers"))
    for (const auto& header : theirs.at("headers"))
      expected.push_back({header.at(0), expanded(header.at(1))});
  expect("headers", headers, expected);
  if (theirs.contains("control_type"))
    expect("control_type", control_name(read_control_type(record.key)),
           theirs.at("control_type").get<std::string>());
  if (batch.attributes().transactional() && batch.attributes().control()) {
    const auto marker = read_transaction_marker(record);
    expect("coordinatorEpoch", marker ? marker->coordinator_epoch : -1,
           theirs.at("control_json").at("coordinatorEpoch"));
  }
}

void check_records(const batch_view& batch, const json& theirs, compressor& contexts) {
  auto reader = record_reader::open(batch, contexts, decompression_limit);
  if (!reader) throw difference(reader.failure().message);
  record_view record;
  for (const auto& expected : theirs) {
    if (reader->next(record) != record_reader::step::record)
      throw difference("a record is missing or malformed");
    check_record(record, batch, expected);
  }
  if (reader->next(record) != record_reader::step::end)
    throw difference("there are more records, or more bytes");
}

// The same batch from its records, by the code that producers and the log use.
std::vector<std::byte> encoded_again(const batch_view& batch, const json& theirs, compressor& contexts) {
  auto header = batch.header();
  auto reader = record_reader::open(batch, contexts, decompression_limit);
  batch_builder builder;
  builder.count_time_from(header.base_timestamp);
  std::vector<header_ref> headers;
  record_view record;
  for (std::size_t i = 0; reader->next(record) == record_reader::step::record; ++i) {
    headers.clear();
    std::ranges::copy(record.headers, std::back_inserter(headers));
    builder.skip_to(static_cast<std::int32_t>(record.offset - header.base_offset));
    const auto stored = theirs.at(i).at("timestamp_delta").get<std::int64_t>();
    builder.append({header.base_timestamp + stored, record.key, record.value, headers});
  }
  byte_chain body;
  if (!builder.empty()) body = builder.seal({}, contexts).body;
  header.length = static_cast<std::int32_t>(batch_header_size - log_overhead + body.size());
  header.crc = batch_crc(header, crc32c(body), body.size());
  byte_chain all(encoded_header(header));
  all.append(body);
  return all.flatten();
}

void check_whole(const json& vector) {
  const auto bytes = buffer_slice::own(from_hex(vector.at("hex").get<std::string>()));
  const bool again = vector.at("reencodable").get<bool>();
  compressor contexts;
  batch_reader reader(bytes);
  batch_view batch;
  for (const auto& theirs : vector.at("batches")) {
    if (reader.next(batch) != batch_reader::step::batch) throw difference("a batch is missing or malformed");
    check_header(batch, theirs);
    check_records(batch, theirs.at("records"), contexts);
    if (!again || batch.legacy()) continue;
    const auto ours = encoded_again(batch, theirs.at("records"), contexts);
    expect("encoded again", to_hex(ours.data(), ours.size()),
           to_hex(batch.bytes().data(), batch.bytes().size()));
  }
  const auto trailing = vector.at("trailing_bytes").get<std::size_t>();
  if (reader.next(batch) != (trailing ? batch_reader::step::partial : batch_reader::step::end))
    throw difference("the end is not where Kafka finds it");
  expect("trailing_bytes", reader.rest().size(), trailing);
}

}  // namespace

bool is_batch_vector(const json& vector) { return vector.contains("batches"); }

std::string check_batch_vector(const json& vector) {
  try {
    check_whole(vector);
    return {};
  } catch (const std::exception& e) {
    return e.what();
  }
}

}  // namespace klamm::wire_test
