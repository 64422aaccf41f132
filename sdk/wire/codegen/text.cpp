#include "text.hpp"

#include <cctype>

namespace klamm::codegen {

std::string camel_case(std::string_view snake) {
  std::string out;
  bool upper = false;
  for (const char c : snake) {
    if (c != '_') out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = c == '_';
  }
  return out;
}

std::string snake_case(std::string_view camel) {
  if (camel.starts_with("KRaft")) return "kraft" + snake_case(camel.substr(5)).insert(0, "_");
  std::string out;
  for (const char c : camel) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isupper(byte) && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(byte));
  }
  return out;
}

std::string condition(version_range range, version_range context) {
  const auto low = "version >= " + std::to_string(range.low);
  const auto high = "version <= " + std::to_string(range.high);
  const bool from_start = range.low <= context.low;
  const bool to_end = range.high >= context.high;
  if (from_start && to_end) return {};
  if (range.low == range.high) return "version == " + std::to_string(range.low);
  return to_end ? low : from_start ? high : low + " && " + high;
}

source& source::line(std::string_view text) {
  if (!text.empty()) text_.append(indent_).append(text);
  text_ += '\n';
  return *this;
}

source& source::open(std::string_view text) {
  line(std::string(text) + " {");
  indent_ += "  ";
  return *this;
}

source& source::close(std::string_view after) {
  indent_.resize(indent_.size() - 2);
  return line("}" + std::string(after));
}

}  // namespace klamm::codegen
