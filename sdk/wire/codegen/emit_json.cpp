#include "emit.hpp"
#include "types.hpp"

namespace klamm::codegen {
namespace {

std::string tagged_condition(const message& of, const structure& s, const field& f) {
  auto when = condition(f.versions, s.versions);
  if (!f.tag) return when;
  return (when.empty() ? "" : when + " && ") + differs_from_default(of, f, "message." + f.name);
}

void put_field(const message& of, const field& f, source& out) {
  const auto member = "message." + f.name;
  const auto name = "\"" + f.json_name + "\"";
  if (!f.is_struct()) return void(out.line("to.put(" + name + ", " + member + ");"));
  const auto target = f.optional() ? "*" + member : member;
  const auto call = function_name("put", of, of.find(f.struct_name));
  if (f.optional()) out.line("if (!" + member + ") to.null(" + name + ");").open("else");
  if (f.array) {
    out.line((f.optional() ? "auto list = to.array(" : "auto list_of_" + f.name + " = to.array(") + name +
             ");");
    const std::string list = f.optional() ? "list" : "list_of_" + f.name;
    out.line("for (const auto& each : " + target + ") " + call + "(" + list + ".element(), each, version);");
  } else {
    out.line(call + "(to.object(" + name + "), " + target + ", version);");
  }
  if (f.optional()) out.close();
}

void get_field(const message& of, const field& f, source& out) {
  const auto member = "message." + f.name;
  const auto name = "\"" + f.json_name + "\"";
  if (!f.is_struct()) return void(out.line("from.get(" + name + ", " + member + ");"));
  const auto target = f.optional() ? member + "->" : member + ".";
  const auto call = function_name("get", of, of.find(f.struct_name));
  if (f.optional()) {
    out.line("if (from.is_null(" + name + ")) " + member + ".reset();");
    out.open("else if (from.has(" + name + "))").line(member + ".emplace();");
  }
  if (f.array)
    out.line("for (auto& each : from.array(" + name + ")) " + call + "(each, " + target +
             "emplace_back(), version);");
  else
    out.line(call + "(from.object(" + name + "), " + (f.optional() ? "*" : "") + member + ", version);");
  if (f.optional()) out.close();
}

/// `static void put_x(json_writer to, ` or `void to_json(json_writer to, ` and so on.
std::string signature(const message& of, const structure& s, const char* verb, const char* root_verb) {
  return &s == &of.root() ? "static void " + std::string(root_verb)
                          : "static void " + function_name(verb, of, s);
}

const char* type_name(base_type type) {
  constexpr const char* names[] = {"boolean", "int8", "int16",  "int32", "int64",   "uint16",   "uint32",
                                   "float64", "uuid", "string", "bytes", "records", "structure"};
  return names[static_cast<int>(type)];
}

const char* kind_name(message_kind kind) {
  constexpr const char* names[] = {"request",    "response",     "header", "record",
                                   "record_key", "record_value", "data"};
  return names[static_cast<int>(kind)];
}

std::string range(version_range r) {
  return r.empty() ? "{0, -1}" : "{" + std::to_string(r.low) + ", " + std::to_string(r.high) + "}";
}

std::string descriptor_row(const message& of, const field& f) {
  const auto text = [](const std::string& s) { return "\"" + s + "\", "; };
  const auto flag = [](bool b) { return b ? "true, " : "false, "; };
  std::string row = "{" + text(f.json_name) + "field_type::" + type_name(f.type) + ", " + flag(f.array);
  row += range(f.versions) + ", " + range(f.nullable) + ", " + std::to_string(f.tag.value_or(-1)) + ", ";
  row += flag(f.ignorable) + text(f.as) + text(f.default_value);
  return row + (f.is_struct() ? "&" + function_name("info", of, of.find(f.struct_name)) : "nullptr") + "},";
}

void emit_entry(const message& of, source& out) {
  const auto& root = of.root().name;
  out.line("extern const message_type type_of_" + root + ";");
  out.line("constinit const message_type type_of_" + root + "{message_kind::" + kind_name(of.kind) + ", \"" +
           of.kafka_name + "\", \"" + of.module + "\", " +
           (of.key ? std::to_string(*of.key) : "std::nullopt") + ", " + root + "::versions, " + root +
           "::flexible_from, &info_" + root + ", make_message<" + root + ">};");
  out.line();
}

}  // namespace

void emit_to_json(const message& of, source& out) {
  for (const auto& s : of.structs) {
    out.open(signature(of, s, "put", "to_json") +
             "([[maybe_unused]] json_writer to, [[maybe_unused]] const " + qualified(of, s.name) +
             "& message, [[maybe_unused]] api_version version)");
    for (const auto& f : s.fields) {
      const auto when = tagged_condition(of, s, f);
      if (!when.empty()) out.open("if (" + when + ")");
      put_field(of, f, out);
      if (!when.empty()) out.close();
    }
    if (of.ever_flexible()) out.line("to.tags(message.unknown_tags);");
    out.close().line();
  }
}

void emit_from_json(const message& of, source& out) {
  for (const auto& s : of.structs) {
    out.open(signature(of, s, "get", "from_json") + "(json_reader from, [[maybe_unused]] " +
             qualified(of, s.name) + "& message, [[maybe_unused]] api_version version)");
    for (const auto& f : s.fields) {
      const auto when = condition(f.versions, s.versions);
      if (!when.empty()) out.open("if (" + when + ")");
      get_field(of, f, out);
      if (!when.empty()) out.close();
    }
    if (of.ever_flexible()) out.line("from.tags(message.unknown_tags);");
    out.line("from.done();").close().line();
  }
}

void emit_descriptor(const message& of, source& out) {
  for (const auto& s : of.structs) {
    const auto info = function_name("info", of, s);
    if (!s.fields.empty()) {
      out.open("static constexpr field_info fields_of_" + info + "[] =");
      for (const auto& f : s.fields) out.line(descriptor_row(of, f));
      out.close(";");
    }
    out.line("static constexpr structure_info " + info + "{\"" + s.name + "\", " +
             (s.fields.empty() ? "{}" : "fields_of_" + info) + "};");
  }
  emit_entry(of, out);
}

std::string json_source(const std::vector<const schema_file*>& files) {
  source out;
  out.line(first_line("messages as JSON.")).line("#include \"wire/json/typed_message.hpp\"");
  for (const auto* file : files) out.line("#include \"wire/messages/" + file->name + ".hpp\"");
  out.line().line("namespace klamm::wire {").line();
  for (const auto* file : files) {
    for (const auto& m : file->messages) {
      emit_to_json(m, out);
      emit_from_json(m, out);
      emit_descriptor(m, out);
    }
  }
  out.line("}  // namespace klamm::wire");
  return out.text();
}

std::string catalog_source(const std::vector<schema_file>& files) {
  source out;
  out.line(first_line("the list of the messages.")).line("#include \"wire/json/catalog.hpp\"").line();
  out.line("namespace klamm::wire {").line();
  auto by_key = apis_by_key(files);
  for (const auto& file : files)
    if (!file.api) by_key.push_back(&file);
  for (const auto* file : by_key)
    for (const auto& m : file->messages) out.line("extern const message_type type_of_" + m.root().name + ";");
  out.line().open("static constexpr const message_type* entries[] =");
  for (const auto* file : by_key)
    for (const auto& m : file->messages) out.line("&type_of_" + m.root().name + ",");
  out.close(";").line().line("std::span<const message_type* const> catalog() { return entries; }").line();
  out.line("}  // namespace klamm::wire");
  return out.text();
}

}  // namespace klamm::codegen
