// What the emitters of encoders and decoders share: one structure, and how its fields are spoken of.
#pragma once

#include <string>

#include "emit.hpp"
#include "types.hpp"

namespace klamm::codegen {

class struct_emitter {
 protected:
  struct_emitter(const message& of, const structure& s, source& out) : of_(of), s_(s), out_(out) {}

  bool is_root() const { return &s_ == &of_.root(); }
  version_range flexible_versions() const { return intersect(of_.flexible, s_.versions); }
  /// Whether `version` is flexible: an expression.
  std::string flexible() const {
    const auto when = condition(flexible_versions(), s_.versions);
    return flexible_versions().empty() ? "false" : when.empty() ? "true" : when;
  }
  void declare_compact() {
    if (of_.ever_flexible() && !s_.fields.empty())
      out_.line("[[maybe_unused]] const bool compact = " + flexible() + ";");
  }
  std::string compact(const field& f) const {
    return f.inflexible || !of_.ever_flexible() ? "false" : "compact";
  }
  static std::string presence_form(const field& f) {
    return f.tag ? "presence_form::uvarint" : "presence_form::int8";
  }
  static std::string member(const field& f) { return "message." + f.name; }
  /// The last argument of a call about the field: its name.
  static std::string named(const field& f) { return ", \"" + f.name + "\")"; }

  const message& of_;
  const structure& s_;
  source& out_;
};

}  // namespace klamm::codegen
