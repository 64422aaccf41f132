#include "emit.hpp"
#include "types.hpp"

namespace klamm::codegen {
namespace {

std::string number(int value) { return std::to_string(value); }

/// What follows a member's name: nothing where its type's own default is the field's.
std::string initializer(const message& of, const field& f) {
  if (f.optional()) return f.defaults_to_null() ? "" : " = " + default_of(of, f);
  if (f.array) return {};
  const auto value = default_of(of, f);
  if (f.type == base_type::boolean || f.type == base_type::float64) return "{" + value + "}";
  const auto braces = value.substr(element_type(of, f).size());
  return braces == "{}" ? "" : braces;
}

void emit_members(const message& of, const structure& s, source& out) {
  for (const auto& f : s.fields) out.line(member_type(of, f) + " " + f.name + initializer(of, f) + ";");
  if (of.ever_flexible()) out.line("wire::unknown_tags unknown_tags;");
  out.line().line("bool operator==(const " + s.name + "&) const = default;");
}

void emit_constants(const message& of, source& out) {
  if (of.kind == message_kind::request || of.kind == message_kind::response)
    out.line("static constexpr api_key api{" + number(*of.key) + "};");
  else if (of.key)
    out.line("static constexpr std::int16_t record_type = " + number(*of.key) + ";");
  out.line("static constexpr version_range versions{" + number(of.versions.low) + ", " +
           number(of.versions.high) + "};");
  const bool flexible = of.ever_flexible();
  out.line("static constexpr api_version flexible_from = " +
           (flexible ? number(of.flexible.low) : "never_flexible") + ";");
}

/// The parts of a message are known as its members, and defined before it: clang 19 cannot tell whether a member class with
/// initializers is default-constructible before its outer class is complete, which std::optional wants to know.
void emit_parts(const message& of, source& out) {
  if (of.structs.size() == 1) return;
  out.line("namespace " + parts_namespace(of) + " {");
  for (const auto& s : of.structs) {
    if (&s == &of.root()) continue;
    out.open("struct " + s.name);
    emit_members(of, s, out);
    out.close(";");
  }
  out.line("}  // namespace " + parts_namespace(of)).line();
}

void emit_message(const message& of, source& out) {
  const auto& root = of.root();
  emit_parts(of, out);
  out.line("/// " + of.kafka_name + ".").open("struct " + root.name);
  emit_constants(of, out);
  if (of.kind == message_kind::request) {
    const auto base = root.name.substr(0, root.name.size() - std::string("request").size());
    out.line("using response = " + base + "response;");
  }
  for (const auto& s : of.structs)
    if (&s != &root) out.line("using " + s.name + " = " + qualified(of, s.name) + ";");
  out.line();
  emit_members(of, root, out);
  out.close(";");
  out.line("void decode(reader& from, " + root.name + "& message, api_version version);");
  out.line("void encode(writer& to, const " + root.name + "& message, api_version version);").line();
}

}  // namespace

std::string first_line(const char* what) { return std::string("// Generated from sdk/wire/schema: ") + what; }

std::string function_name(const char* verb, const message& of, const structure& s) {
  const auto& root = of.root().name;
  return std::string(verb) + "_" + root + (s.name == root ? "" : "_" + s.name);
}

std::string message_header(const schema_file& file) {
  source out;
  out.line(first_line("the messages of one file.")).line("#pragma once").line();
  out.line("#include \"wire/message.hpp\"").line().line("namespace klamm::wire {").line();
  if (file.messages.size() > 1 && file.messages.front().kind == message_kind::request)
    out.line("struct " + file.messages.back().root().name + ";").line();
  for (const auto& m : file.messages) emit_message(m, out);
  out.line("}  // namespace klamm::wire");
  return out.text();
}

std::string codec_source(const std::vector<const schema_file*>& files) {
  source out;
  out.line(first_line("encoders and decoders."))
      .line("#include \"wire/reader.hpp\"")
      .line("#include \"wire/writer.hpp\"");
  for (const auto* file : files) out.line("#include \"wire/messages/" + file->name + ".hpp\"");
  out.line().line("namespace klamm::wire {").line();
  for (const auto* file : files) {
    for (const auto& m : file->messages) {
      emit_decoder(m, out);
      emit_encoder(m, out);
    }
  }
  out.line("}  // namespace klamm::wire");
  return out.text();
}

}  // namespace klamm::codegen
