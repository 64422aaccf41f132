#include "inspect/record_json.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "wire/batch_reader.hpp"
#include "wire/control_record.hpp"
#include "wire/reader.hpp"
#include "wire/record_reader.hpp"

namespace klamm::dump {
namespace {

using wire::json;

constexpr std::size_t max_decompressed = std::size_t{1} << 30;

// Text where it is UTF-8 (nlohmann's own check, by printing it), Base64 where not.
json readable(const wire::nullable_bytes& bytes) {
  if (!bytes) return nullptr;
  json text = as_text(*bytes);
  try {
    static_cast<void>(text.dump());
    return text;
  } catch (const json::exception&) {
    return {{"base64", base64_encode(*bytes, base64_alphabet::padded)}};
  }
}

json decoded(const wire::message_type* type, wire::reader& from, api_version version) {
  if (!type || !type->versions.contains(version)) return nullptr;
  const auto message = type->make();
  message->decode_from(from, version);
  if (!from.ok()) return {{"error", from.failure()}};
  return {{"type", type->name}, {"version", version}, {"data", message->as_json(version)}};
}

// Metadata records: frame version (1), record type, record version, each an unsigned varint.
json metadata_record(bytes_view value) {
  wire::reader from(value);
  const auto frame = from.get_uvarint("frame version");
  const auto type = from.get_uvarint("record type"), version = from.get_uvarint("record version");
  if (!from.ok() || frame != 1) return nullptr;
  return decoded(
      wire::find_record(wire::message_kind::record, "kafka-metadata", static_cast<std::int16_t>(type)), from,
      static_cast<api_version>(version));
}

std::string_view module_of(log_content content) {
  switch (content) {
    case log_content::transactions: return "kafka-transaction-coordinator";
    case log_content::share_groups: return "kafka-share-coordinator";
    default: return "kafka-group-coordinator";
  }
}

// Coordinator records: an int16 in front of the key says the kind, one in front of the value its version.
void add_coordinator_record(json& to, log_content content, const wire::record_view& record) {
  if (!record.key) return;
  wire::reader key(*record.key);
  std::int16_t kind = -1;
  key.get<std::int16_t>(kind, "kind");
  const auto module = module_of(content);
  to["key"] = decoded(wire::find_record(wire::message_kind::record_key, module, kind), key, 0);
  if (!record.value) return;
  wire::reader value(*record.value);
  api_version version = -1;
  value.get<std::int16_t>(version, "version");
  to["value"] = decoded(wire::find_record(wire::message_kind::record_value, module, kind), value, version);
}

json control_record(const wire::record_view& record) {
  constexpr std::string_view names[] = {"ABORT",           "COMMIT",          "LEADER_CHANGE",
                                        "SNAPSHOT_HEADER", "SNAPSHOT_FOOTER", "KRAFT_VERSION",
                                        "KRAFT_VOTERS"};
  constexpr std::string_view messages[] = {
      "EndTxnMarker",         "EndTxnMarker",       "LeaderChangeMessage", "SnapshotHeaderRecord",
      "SnapshotFooterRecord", "KRaftVersionRecord", "VotersRecord"};
  const auto type = wire::read_control_type(record.key);
  if (!type) return {{"error", "an unknown control record"}};
  const auto index = static_cast<std::size_t>(*type);
  json control{{"control", names[index]}};
  if (!record.value) return control;
  wire::reader value(*record.value);
  api_version version = 0;
  value.get<std::int16_t>(version, "version");
  // The records of the quorum hold their version as their first field too: it is not in front of them, but in them.
  const bool own_version = index >= static_cast<std::size_t>(wire::control_type::leader_change);
  wire::reader whole(*record.value);
  control["value"] = decoded(wire::find_message(messages[index]), own_version ? whole : value, version);
  return control;
}

json record_json(const wire::record_view& record, log_content content, bool control) {
  json line{{"offset", record.offset.value}, {"timestamp", record.timestamp.value}};
  if (control) {
    line.update(control_record(record));
    return line;
  }
  line["key"] = readable(record.key);
  line["value"] = readable(record.value);
  if (content == log_content::metadata) {
    if (record.value) line["value"] = metadata_record(*record.value);
  } else if (content != log_content::application) {
    add_coordinator_record(line, content, record);
  }
  if (record.headers.empty()) return line;
  line["headers"] = json::array();
  for (const auto& header : record.headers) line["headers"].push_back({header.key, readable(header.value)});
  return line;
}

json header_json(const wire::batch_view& batch) {
  const auto& header = batch.header();
  const auto attributes = batch.attributes();
  return {{"base_offset", header.base_offset.value},
          {"last_offset", header.last_offset().value},
          {"count", header.record_count},
          {"size", header.total_size()},
          {"leader_epoch", header.partition_leader_epoch.value},
          {"magic", header.magic},
          {"crc", header.crc},
          {"crc_valid", batch.crc_valid()},
          {"codec", attributes.known_codec() ? wire::name(attributes.codec()) : "unknown"},
          {"timestamp_type", attributes.log_append_time() ? "LogAppendTime" : "CreateTime"},
          {"transactional", attributes.transactional()},
          {"control", attributes.control()},
          {"base_timestamp", header.base_timestamp.value},
          {"max_timestamp", header.max_timestamp.value},
          {"producer_id", header.producer_id.value},
          {"producer_epoch", header.producer_epoch.value},
          {"base_sequence", header.base_sequence.value}};
}

json records_json(const wire::batch_view& batch, log_content content, wire::compressor& contexts,
                  json& line) {
  auto records = json::array();
  auto reader = wire::record_reader::open(batch, contexts, max_decompressed);
  if (!reader) {
    line["error"] = reader.failure().message;
    return records;
  }
  wire::record_view record;
  for (;;) {
    const auto step = reader->next(record);
    if (step == wire::record_reader::step::malformed) line["error"] = "the records are damaged from here on";
    if (step != wire::record_reader::step::record) return records;
    records.push_back(record_json(record, content, batch.attributes().control()));
  }
}

}  // namespace

log_content content_of(std::string_view path) {
  const auto in = [&](std::string_view name) { return path.find(name) != std::string_view::npos; };
  if (in("__cluster_metadata")) return log_content::metadata;
  if (in("__consumer_offsets")) return log_content::group_offsets;
  if (in("__transaction_state")) return log_content::transactions;
  if (in("__share_group_state")) return log_content::share_groups;
  return log_content::application;
}

void dump_batches(const buffer_slice& bytes, log_content content, bool with_records,
                  const std::function<void(const json&)>& line) {
  wire::batch_reader reader(bytes);
  wire::compressor contexts;
  for (;;) {
    const auto position = bytes.size() - reader.rest().size();
    wire::batch_view batch;
    switch (reader.next(batch)) {
      case wire::batch_reader::step::end: return;
      case wire::batch_reader::step::partial:
        return line(
            {{"position", position}, {"error", "a batch that is cut off"}, {"bytes", reader.rest().size()}});
      case wire::batch_reader::step::malformed:
        return line(
            {{"position", position}, {"error", "bytes that are no batch"}, {"bytes", reader.rest().size()}});
      case wire::batch_reader::step::batch: break;
    }
    json one{{"position", position}};
    one.update(header_json(batch));
    if (with_records) {
      auto records = records_json(batch, content, contexts, one);
      one["records"] = std::move(records);
    }
    line(one);
  }
}

}  // namespace klamm::dump
