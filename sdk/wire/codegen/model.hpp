// What the schema files say, after they have been read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/schema_types.hpp"

namespace klamm::codegen {

/// Versions from `low` to `high`, both included.
struct version_range {
  int low = 0;
  int high = -1;

  bool empty() const { return low > high; }
  bool contains(int version) const { return low <= version && version <= high; }
  bool operator==(const version_range&) const = default;
};
version_range intersect(version_range a, version_range b);

using base_type = wire::field_type;

struct field {
  std::string name;       // in C++
  std::string json_name;  // in Kafka's JSON
  base_type type = base_type::int8;
  std::string struct_name;  // of a structure
  bool array = false;
  version_range versions;     // where it is on the wire
  version_range nullable;     // where null is allowed; empty: nowhere
  std::optional<int> tag;     // of a tagged field
  bool inflexible = false;    // its length stays in the old form in flexible versions
  std::string default_value;  // as written; empty: zero, empty
  bool ignorable = false;     // dropped where the version lacks it, instead of being an error
  std::string as;             // the domain type; empty: the plain number

  bool optional() const { return !nullable.empty(); }
  bool defaults_to_null() const {
    return optional() && (default_value == "null" || type == base_type::records);
  }
  bool is_struct() const { return type == base_type::structure; }
};

struct structure {
  std::string name;
  version_range versions;  // where it can occur
  std::vector<field> fields;
};

using wire::message_kind;

struct message {
  message_kind kind = message_kind::data;
  std::string kafka_name;  // FetchRequest
  std::string module;      // whose record it is
  std::optional<int> key;  // of the API or the record
  version_range versions;
  version_range flexible;          // empty: never
  std::vector<structure> structs;  // each after those it uses; the message itself is the last

  const structure& root() const { return structs.back(); }
  const structure& find(const std::string& name) const;
  bool ever_flexible() const { return !intersect(versions, flexible).empty(); }
};

/// What the api table says beyond request and response.
struct api {
  std::string name;  // Fetch
  int key = 0;
  version_range versions;
  int latest_stable = 0;
  std::optional<int> response_header;  // where it does not follow from the flexible versions
  std::vector<std::string> listeners;
  bool cluster_action = false;
  bool forwardable = false;
};

struct schema_file {
  std::string name;  // of the file and of the header made from it
  std::optional<codegen::api> api;
  std::vector<message> messages;
};

/// The least number of bytes that the wire form of a value takes in any version of `in`.
int min_size(const message& of, const structure& s, version_range in);
int min_element_size(const message& of, const field& f, version_range in);

}  // namespace klamm::codegen
