#include "types.hpp"

#include <map>
#include <set>
#include <stdexcept>

namespace klamm::codegen {
namespace {

struct domain_type {
  const char* cpp;
  std::set<base_type> carried_by;
};

const std::map<std::string, domain_type>& domain_types() {
  using enum base_type;
  static const std::map<std::string, domain_type> types{
      {"offset", {"klamm::offset", {int64}}},
      {"node_id", {"klamm::node_id", {int32}}},
      {"partition_id", {"klamm::partition_id", {int32}}},
      {"leader_epoch", {"klamm::leader_epoch", {int32}}},
      {"generation_id", {"klamm::generation_id", {int32}}},
      {"correlation_id", {"klamm::correlation_id", {int32}}},
      {"producer_id", {"klamm::producer_id", {int64}}},
      {"producer_epoch", {"klamm::producer_epoch", {int16}}},
      {"error_code", {"klamm::error_code", {int16}}},
      {"api_key", {"klamm::wire::api_key", {int16}}},
      {"timestamp", {"klamm::timestamp", {int64}}},
      {"millis", {"klamm::millis", {int32, int64}}},
  };
  return types;
}

std::string zero_or(const field& f, const char* zero) {
  return f.default_value.empty() ? zero : f.default_value;
}

/// The default of a value that is neither array nor null.
std::string plain_default(const message& of, const field& f) {
  const auto type = element_type(of, f);
  switch (f.type) {
    case base_type::boolean: return zero_or(f, "false");
    case base_type::float64: return zero_or(f, "0.0");
    case base_type::string:
      return f.default_value.empty() ? type + "{}" : type + "{\"" + f.default_value + "\"}";
    case base_type::uuid:
    case base_type::bytes:
    case base_type::records:
    case base_type::structure: return type + "{}";
    default: return type + "{" + zero_or(f, "0") + "}";
  }
}

}  // namespace

void check_type(const field& f) {
  if (f.as.empty()) return;
  const auto found = domain_types().find(f.as);
  if (found == domain_types().end()) throw std::runtime_error("no domain type is called " + f.as);
  if (!found->second.carried_by.contains(f.type))
    throw std::runtime_error(f.as + " does not travel in this type");
}

std::string wire_type(const field& f) {
  switch (f.type) {
    case base_type::int8: return "std::int8_t";
    case base_type::int16: return "std::int16_t";
    case base_type::int32: return "std::int32_t";
    case base_type::int64: return "std::int64_t";
    case base_type::uint16: return "std::uint16_t";
    case base_type::uint32: return "std::uint32_t";
    default: return {};
  }
}

std::string qualified(const message& of, const std::string& struct_name) {
  const auto& root = of.root().name;
  return struct_name == root ? root : parts_namespace(of) + "::" + struct_name;
}

std::string parts_namespace(const message& of) { return "parts_of_" + of.root().name; }

std::string element_type(const message& of, const field& f) {
  if (!f.as.empty()) return domain_types().at(f.as).cpp;
  switch (f.type) {
    case base_type::boolean: return "bool";
    case base_type::float64: return "double";
    case base_type::uuid: return "klamm::uuid";
    case base_type::string: return "std::string_view";
    case base_type::bytes: return "bytes_ref";
    case base_type::records: return "records_field";
    case base_type::structure: return qualified(of, f.struct_name);
    default: return wire_type(f);
  }
}

std::string member_type(const message& of, const field& f) {
  auto type = element_type(of, f);
  if (f.array) type = "std::vector<" + type + ">";
  return f.optional() ? "std::optional<" + type + ">" : type;
}

std::string default_of(const message& of, const field& f) {
  if (f.defaults_to_null()) return "std::nullopt";
  if (f.array) return "std::vector<" + element_type(of, f) + ">{}";
  return plain_default(of, f);
}

std::string differs_from_default(const message& of, const field& f, const std::string& member) {
  if (f.defaults_to_null()) return member + ".has_value()";
  if (f.array)
    return f.optional() ? "(!" + member + " || !" + member + "->empty())" : "!" + member + ".empty()";
  if (f.is_struct()) return "!(" + member + " == " + default_of(of, f) + ")";
  return member + " != " + default_of(of, f);
}

}  // namespace klamm::codegen
