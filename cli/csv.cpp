#include "cli/csv.hpp"

#include <algorithm>
#include <stdexcept>

namespace klamm::cli {
namespace {

// Reads a field that begins with a quote; `text` is left behind the closing one. False: there is none.
bool quoted(std::string_view& text, std::string& field) {
  for (text.remove_prefix(1);;) {
    const auto quote = text.find('"');
    if (quote == text.npos) return false;
    field += text.substr(0, quote);
    text.remove_prefix(quote + 1);
    if (!text.starts_with('"')) return true;
    field += '"';
    text.remove_prefix(1);
  }
}

}  // namespace

std::optional<std::vector<std::string>> csv_row(std::string_view text) {
  std::vector<std::string> fields;
  for (;;) {
    auto& field = fields.emplace_back();
    if (text.starts_with('"')) {
      if (!quoted(text, field)) return std::nullopt;
    } else {
      const auto comma = std::min(text.find(','), text.size());
      field = text.substr(0, comma);
      text.remove_prefix(comma);
    }
    if (text.empty()) return fields;
    if (!text.starts_with(','))
      throw std::invalid_argument("behind the closing quote of field " + std::to_string(fields.size()) +
                                  " there has to be a comma, not \"" + std::string(text.substr(0, 20)) + '"');
    text.remove_prefix(1);
  }
}

}  // namespace klamm::cli
