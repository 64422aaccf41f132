#include "schema_file.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "field_line.hpp"
#include "text.hpp"
#include "types.hpp"

namespace klamm::codegen {
namespace {

using json = nlohmann::ordered_json;

constexpr version_range any_version{0, 32767};

/// Reads the fields of one message and the structures inside them.
class fields_reader {
 public:
  explicit fields_reader(message& into) : message_(into) {}

  void structure_of(const std::string& name, const json& lines, version_range context) {
    structure s{.name = name, .versions = context, .fields = {}};
    for (const auto& line : lines) {
      if (line.is_string())
        s.fields.push_back(one(line.get<std::string>(), context));
      else
        s.fields.push_back(nested(line, context));
    }
    for (const auto& other : message_.structs)
      if (other.name == name) throw std::runtime_error("two structures are called " + name);
    message_.structs.push_back(std::move(s));
  }

 private:
  field one(const std::string& line, version_range context) try {
    auto f = parse_field(line, context);
    check_type(f);
    return f;
  } catch (const std::exception& e) {
    throw std::runtime_error("\"" + line + "\": " + e.what());
  }
  field nested(const json& object, version_range context) {
    if (!object.is_object() || object.size() != 1)
      throw std::runtime_error("expected {\"field: structure\": [fields]}");
    const auto& line = object.begin().key();
    const auto& lines = object.begin().value();
    auto f = one(line, context);
    if (!f.is_struct()) throw std::runtime_error("\"" + line + "\" has fields, and is no structure");
    structure_of(f.struct_name, lines, f.versions);
    return f;
  }

  message& message_;
};

/// A field must not hide one of the message's structures, nor share its name with another field.
void check_names(const message& m) {
  std::set<std::string> nested;
  for (const auto& s : m.structs) nested.insert(s.name);
  for (const auto& s : m.structs) {
    std::set<std::string> seen;
    for (const auto& f : s.fields) {
      if (!seen.insert(f.name).second) throw std::runtime_error("two fields are called " + f.name);
      if (f.name == s.name) throw std::runtime_error(f.name + " is a field of a structure of its name");
      if (&s == &m.root() && nested.contains(f.name))
        throw std::runtime_error(f.name + " is a structure and a field");
      if (f.is_struct()) m.find(f.struct_name);
    }
  }
}

/// Puts every structure after those that it uses, so that it can hold them by value.
void order_by_use(message& m) {
  std::vector<structure> ordered;
  std::set<std::string> placed;
  while (ordered.size() < m.structs.size()) {
    const auto before = ordered.size();
    for (const auto& s : m.structs) {
      const bool ready = std::ranges::all_of(
          s.fields, [&](const auto& f) { return !f.is_struct() || placed.contains(f.struct_name); });
      if (!ready || !placed.insert(s.name).second) continue;
      ordered.push_back(s);
    }
    if (ordered.size() == before) throw std::runtime_error("a structure holds itself");
  }
  m.structs = std::move(ordered);
}

/// `body` holds the fields, or an object with `structs` and `fields`.
message read_message(message_kind kind, const std::string& name, const json& file, const json& body) {
  message m{.kind = kind,
            .kafka_name = name,
            .module = file.value("module", ""),
            .key = {},
            .versions = {},
            .flexible = {},
            .structs = {}};
  const auto& facts = body.contains("versions") ? body : file;
  if (file.contains("key")) m.key = file.at("key").get<int>();
  m.versions = parse_versions(facts.at("versions"), any_version);
  m.flexible = intersect(parse_versions(facts.at("flexible"), any_version), m.versions);
  fields_reader reader(m);
  if (body.is_object() && body.contains("structs"))
    for (const auto& [struct_name, lines] : body.at("structs").items())
      reader.structure_of(struct_name, lines, m.versions);
  reader.structure_of(snake_case(name), body.is_object() ? body.at("fields") : body, m.versions);
  check_names(m);
  order_by_use(m);
  return m;
}

api read_api(const json& file, const std::string& name) {
  api a{.name = name,
        .key = file.at("key"),
        .versions = {},
        .latest_stable = 0,
        .response_header = {},
        .listeners = file.at("listeners")};
  a.versions = parse_versions(file.at("versions"), any_version);
  a.latest_stable =
      parse_versions(file.value("stable", file.at("versions").get<std::string>()), any_version).high;
  if (file.contains("response_header"))
    a.response_header = std::stoi(file.at("response_header").get<std::string>());
  a.cluster_action = file.value("cluster_action", false);
  a.forwardable = file.value("forwardable", false);
  return a;
}

schema_file read(const json& file) {
  schema_file out;
  const auto add = [&](message_kind kind, const std::string& name, const json& body) {
    out.messages.push_back(read_message(kind, name, file, body));
  };
  if (file.contains("api")) {
    const std::string name = file.at("api");
    out.api = read_api(file, name);
    add(message_kind::request, name + "Request", file.at("request"));
    add(message_kind::response, name + "Response", file.at("response"));
  } else if (file.contains("coordinator_record")) {
    const std::string name = file.at("coordinator_record");
    add(message_kind::record_key, name + "Key", file.at("record_key"));
    add(message_kind::record_value, name + "Value", file.at("record_value"));
  } else if (file.contains("record")) {
    add(message_kind::record, file.at("record"), file);
  } else if (file.contains("header")) {
    add(message_kind::header, file.at("header"), file);
  } else {
    add(message_kind::data, file.at("data"), file);
  }
  return out;
}

}  // namespace

schema_file read_schema(const std::filesystem::path& path) try {
  std::ifstream in(path);
  auto file = read(json::parse(in));
  file.name = path.stem().string();
  return file;
} catch (const std::exception& e) {
  throw std::runtime_error(path.string() + ": " + e.what());
}

}  // namespace klamm::codegen
