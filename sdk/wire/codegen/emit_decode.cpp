#include "struct_emitter.hpp"

namespace klamm::codegen {
namespace {

/// Emits the decoder of one structure.
class decoder : struct_emitter {
 public:
  decoder(const message& of, const structure& s, source& out) : struct_emitter(of, s, out) {}

  void emit() {
    const bool root = is_root();
    const auto name = root ? std::string("decode") : function_name("read", of_, s_);
    out_.open(std::string(root ? "" : "static ") + "void " + name + "(reader& from, " +
              qualified(of_, s_.name) + "& message, [[maybe_unused]] api_version version)");
    if (root) {
      out_.line("from.message(\"" + of_.root().name + "\");");
      out_.line(
          "if (!message.versions.contains(version)) return from.fail(\"version\", \"no such version of this "
          "message\");");
    }
    declare_compact();
    for (const auto& f : s_.fields) f.tag ? reset(f) : in_line(f);
    if (of_.ever_flexible()) tags();
    out_.close().line();
  }

 private:
  void in_line(const field& f) {
    const auto when = condition(f.versions, s_.versions);
    if (when.empty()) return value(f);
    out_.open("if (" + when + ")");
    value(f);
    out_.close(" else {");
    out_.line("  " + reset_text(f)).line("}");
  }
  std::string reset_text(const field& f) const {
    if (f.array && !f.optional()) return member(f) + ".clear();";
    return member(f) + " = " + default_of(of_, f) + ";";
  }
  void reset(const field& f) { out_.line(reset_text(f)); }

  void value(const field& f) {
    if (f.array)
      array(f);
    else if (f.is_struct())
      nested(f);
    else
      out_.line(read(f, member(f)));
    const auto nullable = condition(f.nullable, f.versions);
    if (f.optional() && !nullable.empty() && (f.array || !f.is_struct()))
      out_.line("if (!" + member(f) + " && !(" + nullable + ")) from.fail_null(\"" + f.name + "\");");
  }
  std::string read(const field& f, const std::string& to) const {
    switch (f.type) {
      case base_type::boolean: return "from.get_bool(" + to + named(f) + ";";
      case base_type::float64: return "from.get_double(" + to + named(f) + ";";
      case base_type::uuid: return "from.get_uuid(" + to + named(f) + ";";
      case base_type::string: return "from.get_string(" + to + ", " + compact(f) + named(f) + ";";
      case base_type::bytes: return "from.get_bytes(" + to + ", " + compact(f) + named(f) + ";";
      case base_type::records: return "from.get_records(" + to + ", " + compact(f) + named(f) + ";";
      case base_type::structure:
        return function_name("read", of_, of_.find(f.struct_name)) + "(from, " + to + ", version);";
      default: return "from.get<" + wire_type(f) + ">(" + to + named(f) + ";";
    }
  }
  void array(const field& f) {
    const auto least = std::to_string(min_element_size(of_, f, f.versions));
    const auto count = "from.get_count(" + member(f) + ", " + compact(f) + ", " + least + named(f);
    const auto each = std::string("for (auto& each : ") + (f.optional() ? "*" : "") + member(f) + ") ";
    if (f.optional())
      out_.open("if (" + count + ")").line(each + read(f, "each")).close();
    else
      out_.line(count + ";").line(each + read(f, "each"));
  }
  void nested(const field& f) {
    if (!f.optional()) return void(out_.line(read(f, member(f))));
    const auto when = condition(f.nullable, f.versions);
    if (!when.empty()) {
      out_.line("if (!(" + when + ")) " + member(f) + ".emplace();");
      out_.open("if (!(" + when + ") || from.get_presence(" + member(f) + ", " + presence_form(f) + named(f) +
                ")");
    } else {
      out_.open("if (from.get_presence(" + member(f) + ", " + presence_form(f) + named(f) + ")");
    }
    out_.line(read(f, "*" + member(f))).close();
  }

  void tags() {
    out_.line("message.unknown_tags.clear();");
    const auto when = flexible();
    if (when == "false") return;
    if (when != "true") out_.line("if (!(" + when + ")) return;");
    std::vector<const field*> known;
    for (const auto& f : s_.fields)
      if (f.tag) known.push_back(&f);
    if (known.empty()) return void(out_.line("keep_tags(from, message.unknown_tags);"));
    out_.open("for (tag_cursor tags(from); tags.next();)").open("switch (tags.tag())");
    for (const auto* f : known) tag_case(*f);
    out_.line("default: tags.keep(message.unknown_tags);").close().close();
  }
  void tag_case(const field& f) {
    const auto when = condition(f.versions, flexible_versions());
    out_.open("case " + std::to_string(*f.tag) + ":");
    if (!when.empty()) {
      out_.open("if (!(" + when + "))").line("tags.keep(message.unknown_tags);").line("break;").close();
    }
    value(f);
    out_.line("break;").close();
  }
};

}  // namespace

void emit_decoder(const message& of, source& out) {
  for (const auto& s : of.structs) decoder(of, s, out).emit();
}

}  // namespace klamm::codegen
