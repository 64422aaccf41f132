#include "message_vectors.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "difference.hpp"
#include "vector_file.hpp"
#include "wire/api_table.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::wire_test {
namespace {

using json = nlohmann::json;
using namespace klamm::wire;

std::string hex_of(const any_message& message, api_version version) {
  writer to;
  message.encode_to(to, version);
  if (!to.ok()) throw difference("encoding failed: " + to.failure());
  const auto bytes = to.finish().flatten();
  return to_hex(bytes.data(), bytes.size());
}

void decode_all(any_message& into, bytes_view bytes, api_version version) {
  reader from(bytes);
  into.decode_from(from, version);
  if (!from.ok()) throw difference("decoding failed: " + from.failure());
  expect("bytes left over", from.left(), 0U);
}

/// Kafka's JSON of the message: its `records` are empty texts, their bytes stand beside it.
json expected_json(const json& vector) {
  json expected = vector.at("json");
  if (const auto records = vector.find("records_hex"); records != vector.end())
    for (const auto& [pointer, hex] : records->items())
      if (hex.is_string()) expected[json::json_pointer(pointer)] = hex;
  return expected;
}

/// Our JSON has record data in Base64: made hex, as the vector has it.
void records_to_hex(json& ours, const json& vector) {
  const auto records = vector.find("records_hex");
  if (records == vector.end()) return;
  for (const auto& [pointer, hex] : records->items()) {
    auto& field = ours.at(json::json_pointer(pointer));
    if (field.is_null()) continue;
    const auto bytes = base64_decode(field.get<std::string>(), base64_alphabet::padded);
    if (!bytes) throw difference(pointer + " is not Base64");
    field = to_hex(bytes->data(), bytes->size());
  }
}

/// What Kafka puts before a record: metadata records their frame's version, key and version, as varints; the others an int16.
std::string prefix_of(const message_type& type, api_version version) {
  std::byte prefix[8];
  const bool metadata = type.kind == message_kind::record;
  auto* end = prefix;
  if (metadata) {
    end = put_uvarint(put_uvarint(end, 1U), static_cast<unsigned>(*type.key));
    end = put_uvarint(end, static_cast<unsigned>(version));
  } else {
    store(end, type.kind == message_kind::record_key ? *type.key : version);
    end += 2;
  }
  return to_hex(prefix, static_cast<std::size_t>(end - prefix));
}

void check_facts(const message_type& type, const json& vector, api_version version) {
  expect("key", type.key ? json(*type.key) : json(nullptr), vector.at("api_key"));
  expect("flexible", version >= type.flexible_from, vector.at("flexible").get<bool>());
  expect("module", std::string(type.module), vector.value("module", ""));
  if (vector.contains("prefix_hex"))
    expect("prefix", prefix_of(type, version), vector.at("prefix_hex").get<std::string>());
  if (!vector.contains("header_version")) return;
  const auto* api = find_api(api_key{*type.key});
  if (api == nullptr) throw difference("the table has no such API");
  expect("header version",
         type.kind == message_kind::request ? api->request_header_version(version)
                                            : api->response_header_version(version),
         vector.at("header_version").get<int>());
}

void check_cuts(const message_type& type, bytes_view bytes, api_version version) {
  const auto message = type.make();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    reader from(bytes.first(cut));
    message->decode_from(from, version);
    if (from.ok())
      throw difference(fmt::format("{} of {} bytes decoded as if they were all", cut, bytes.size()));
  }
}

}  // namespace

bool is_message_vector(const json& vector) {
  return vector.contains("name") && vector.contains("version") && vector.contains("hex") &&
         vector.contains("json");
}

std::string message_checker::check(const json& vector) try {
  const auto name = vector.at("name").get<std::string>();
  const auto version = vector.at("version").get<api_version>();
  const auto* type = find_message(name);
  if (type == nullptr) return "we have no such message";
  if (!type->versions.contains(version)) return "we have no such version";
  check_facts(*type, vector, version);

  const auto hex = vector.at("hex").get<std::string>();
  const auto bytes = from_hex(hex);
  auto& kept = kept_[name];
  if (!kept) kept = type->make();
  decode_all(*kept, bytes, version);
  auto ours = json::parse(kept->as_json(version).dump());
  records_to_hex(ours, vector);
  expect("json", ours, expected_json(vector));
  expect("encoded", hex_of(*kept, version), hex);

  const auto from_json = type->make();
  const auto read = from_json->set_json(kept->as_json(version, {.unknown_tags = true}), version);
  if (!read) return "our own JSON is not understood: " + read.failure().message;
  expect("encoded from JSON", hex_of(*from_json, version), hex);
  if (!from_json->equals(*kept)) return "the message made from JSON differs";
  check_cuts(*type, bytes, version);
  return {};
} catch (const std::exception& e) {
  return e.what();
}

}  // namespace klamm::wire_test
