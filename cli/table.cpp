#include "cli/table.hpp"

#include <algorithm>
#include <cctype>
#include <iomanip>
#include <ostream>

namespace klamm::cli {
namespace {

std::string cell(const nlohmann::ordered_json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string list;
  for (const auto& item : value) list += (list.empty() ? "" : ",") + cell(item);
  return list.empty() ? "-" : list;
}

std::string heading(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return c == '_' ? ' ' : std::toupper(c); });
  return name;
}

}  // namespace

void table::print(std::ostream& to, output_form form) const {
  form == output_form::json ? print_json(to) : print_table(to);
}

void table::print_table(std::ostream& to) const {
  std::vector<std::size_t> widths;
  std::vector<bool> numeric;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(columns_[c].size());
    const auto is_number = [c](const auto& row) { return row[c].is_number(); };
    numeric.push_back(std::ranges::any_of(rows_, is_number));
    for (const auto& row : rows_) {
      widths[c] = std::max(widths[c], cell(row[c]).size());
      numeric[c] = numeric[c] && (row[c].is_number() || row[c].is_null());
    }
  }
  const auto line = [&](const auto& text_of) {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const bool last = c + 1 == columns_.size();
      if (c != 0) to << "  ";
      const auto width = numeric[c] || !last ? static_cast<int>(widths[c]) : 0;
      to << (numeric[c] ? std::right : std::left) << std::setw(width) << text_of(c);
    }
    to << '\n';
  };
  line([&](std::size_t c) { return heading(columns_[c]); });
  for (const auto& row : rows_) line([&](std::size_t c) { return cell(row[c]); });
}

void table::print_json(std::ostream& to) const {
  for (const auto& row : rows_) {
    nlohmann::ordered_json object;
    for (std::size_t c = 0; c < columns_.size(); ++c) object[columns_[c]] = row[c];
    to << object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  }
}

}  // namespace klamm::cli
