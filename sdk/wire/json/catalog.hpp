// Every message by its name or key, for those who learn only at run time which one they have: `kcli raw`, log dumps, tests, fuzzers.
//
// JSON is as Apache Kafka's converters write it: field names in camel case; fields that the version lacks and tagged fields at
// their default left out; bytes and records in Base64, UUIDs in URL-safe Base64 without padding, 64-bit integers as plain numbers.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "wire/message.hpp"
#include "wire/schema_types.hpp"

namespace klamm::wire {

using json = nlohmann::ordered_json;

struct structure_info;

/// One field as its schema has it.
struct field_info {
  std::string_view name;  // in JSON
  field_type type;
  bool array;
  version_range versions;
  version_range nullable;  // empty: never null
  int tag;                 // -1: not tagged
  bool ignorable;
  std::string_view domain;          // `offset`, `millis`...; empty for plain values
  std::string_view fallback;        // the default as the schema writes it; empty: zero, empty
  const structure_info* structure;  // of a structure; else null
};
struct structure_info {
  std::string_view name;
  std::span<const field_info> fields;
};

struct to_json_options {
  /// Adds `unknownTaggedFields: [{tag, data}]` to structures that have some. Kafka leaves them out.
  bool unknown_tags = false;
};

/// One message of a type that is known at run time.
class any_message {
 public:
  virtual ~any_message() = default;
  virtual void decode_from(reader& from, api_version version) = 0;
  virtual void encode_to(writer& to, api_version version) const = 0;
  virtual json as_json(api_version version, to_json_options options = {}) const = 0;
  /// Sets the message from JSON; what is missing gets its default. The failure says where in the JSON it is. Texts are kept
  /// inside this object.
  virtual result<void> set_json(const json& from, api_version version) = 0;
  /// Whether both are of one type and equal.
  virtual bool equals(const any_message& other) const = 0;
};

struct message_type {
  message_kind kind;
  std::string_view name;    // Kafka's: FetchRequest
  std::string_view module;  // whose record it is: kafka-group-coordinator; record keys repeat between modules
  std::optional<std::int16_t> key;  // of the API or the record
  version_range versions;
  api_version flexible_from;
  const structure_info* root;
  std::unique_ptr<any_message> (*make)();
};

/// Every message, APIs first by their key, then the others by name.
std::span<const message_type* const> catalog();
/// Null where there is none.
const message_type* find_message(std::string_view name);
const message_type* find_message(message_kind kind, api_key key);
const message_type* find_record(message_kind kind, std::string_view module, std::int16_t key);

}  // namespace klamm::wire
