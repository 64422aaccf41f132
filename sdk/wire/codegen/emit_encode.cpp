#include <algorithm>

#include "struct_emitter.hpp"

namespace klamm::codegen {
namespace {

/// Emits the encoder of one structure.
class encoder : struct_emitter {
 public:
  encoder(const message& of, const structure& s, source& out) : struct_emitter(of, s, out) {}

  void emit() {
    const bool root = is_root();
    const auto name = root ? std::string("encode") : function_name("write", of_, s_);
    out_.open(std::string(root ? "" : "static ") + "void " + name + "(writer& to, [[maybe_unused]] const " +
              qualified(of_, s_.name) + "& message, [[maybe_unused]] api_version version)");
    if (root) {
      out_.line("to.message(\"" + of_.root().name + "\", version);");
      out_.line(
          "if (!message.versions.contains(version)) return to.fail(\"version\", \"no such version of this "
          "message\");");
    }
    declare_compact();
    for (const auto& f : s_.fields) {
      if (!f.tag)
        in_line(f);
      else
        not_in_version(f);
    }
    if (of_.ever_flexible()) tags();
    out_.close().line();
  }

 private:
  void in_line(const field& f) {
    const auto when = condition(f.versions, s_.versions);
    if (when.empty()) return value(f, "to");
    out_.open("if (" + when + ")");
    value(f, "to");
    out_.close(f.ignorable ? "" : " else if (" + differs_from_default(of_, f, member(f)) + ") {");
    if (!f.ignorable) out_.line("  to.fail_not_in_version(\"" + f.name + "\");").line("}");
  }
  void not_in_version(const field& f) {
    const auto when = condition(f.versions, s_.versions);
    if (f.ignorable || when.empty()) return;
    out_.line("if (!(" + when + ") && " + differs_from_default(of_, f, member(f)) +
              ") to.fail_not_in_version(\"" + f.name + "\");");
  }

  void value(const field& f, const std::string& to) {
    const auto nullable = condition(f.nullable, f.versions);
    if (f.optional() && !nullable.empty())
      out_.line("if (!" + member(f) + " && !(" + nullable + ")) " + to + ".fail_null(\"" + f.name + "\");");
    if (f.array)
      array(f, to);
    else if (f.is_struct())
      nested(f, to, nullable);
    else
      out_.line(write(f, member(f), to));
  }
  std::string write(const field& f, const std::string& from, const std::string& to) const {
    switch (f.type) {
      case base_type::boolean: return to + ".put_bool(" + from + ");";
      case base_type::float64: return to + ".put_double(" + from + ");";
      case base_type::uuid: return to + ".put_uuid(" + from + ");";
      case base_type::string: return to + ".put_string(" + from + ", " + compact(f) + named(f) + ";";
      case base_type::bytes: return to + ".put_bytes(" + from + ", " + compact(f) + named(f) + ";";
      case base_type::records: return to + ".put_records(" + from + ", " + compact(f) + named(f) + ";";
      case base_type::structure:
        return function_name("write", of_, of_.find(f.struct_name)) + "(" + to + ", " + from + ", version);";
      default: return to + ".put<" + wire_type(f) + ">(" + from + named(f) + ";";
    }
  }
  void array(const field& f, const std::string& to) {
    const auto count = to + ".put_count(" + member(f) + ", " + compact(f) + named(f);
    const auto each = std::string("for (const auto& each : ") + (f.optional() ? "*" : "") + member(f) + ") ";
    if (f.optional())
      out_.line("if (" + count + ")").line("  " + each + write(f, "each", to));
    else
      out_.line(count + ";").line(each + write(f, "each", to));
  }
  void nested(const field& f, const std::string& to, const std::string& nullable) {
    if (!f.optional()) return void(out_.line(write(f, member(f), to)));
    const auto presence = to + ".put_presence(" + member(f) + ".has_value(), " + presence_form(f) + ");";
    out_.line(nullable.empty() ? presence : "if (" + nullable + ") " + presence);
    out_.line("if (" + member(f) + ") " + write(f, "*" + member(f), to));
  }

  void tags() {
    const auto when = flexible();
    if (when != "true") {
      out_.line((when == "false" ? "" : "if (!(" + when + ")) ") +
                "return to.no_tags(message.unknown_tags);");
      if (when == "false") return;
    }
    const auto known = tagged_fields();
    std::string count;
    for (const auto* f : known) {
      const auto in_version = condition(f->versions, flexible_versions());
      out_.line("const bool has_" + f->name + " = " + (in_version.empty() ? "" : in_version + " && ") +
                differs_from_default(of_, *f, member(*f)) + ";");
      count += (count.empty() ? "has_" : " + has_") + f->name;
    }
    if (known.empty()) return void(out_.line("tag_writer(to, message.unknown_tags, 0);"));
    out_.line("tag_writer tags(to, message.unknown_tags, static_cast<std::size_t>(" + count + "));");
    for (const auto* f : known) tag(*f);
  }
  /// By rising tag, as they are written.
  std::vector<const field*> tagged_fields() const {
    std::vector<const field*> tagged;
    for (const auto& f : s_.fields)
      if (f.tag) tagged.push_back(&f);
    std::sort(tagged.begin(), tagged.end(), [](const auto* a, const auto* b) { return *a->tag < *b->tag; });
    return tagged;
  }
  void tag(const field& f) {
    out_.open("if (has_" + f.name + ")");
    out_.line("writer value = tags.begin();");
    value(f, "value");
    out_.line("tags.put(" + std::to_string(*f.tag) + ", value);").close();
  }
};

}  // namespace

void emit_encoder(const message& of, source& out) {
  for (const auto& s : of.structs) encoder(of, s, out).emit();
}

}  // namespace klamm::codegen
