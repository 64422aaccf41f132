#include "cli/table.hpp"

#include <algorithm>
#include <cctype>
#include <ostream>

#include "cli/text.hpp"

namespace klamm::cli {
namespace {

using json = nlohmann::ordered_json;

std::string cell(const json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return printable(value.get<std::string>());
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

std::string as_json(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::size_t index_of(const std::vector<std::string>& columns, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::find(columns, name) - columns.begin());
}

}  // namespace

table::table(output_form form, std::vector<std::string> columns, const std::vector<std::string>& more)
    : form_(std::move(form)), columns_(std::move(columns)), narrow_(columns_.size()) {
  columns_.insert(columns_.end(), more.begin(), more.end());
  if (form_.as == output_form::pattern) template_ = parse_template(form_.text, columns_);
}

void table::print(std::ostream& to) const {
  switch (form_.as) {
    case output_form::table: return print_columns(to, narrow_);
    case output_form::wide: return print_columns(to, columns_.size());
    case output_form::json: return print_json(to);
    case output_form::yaml: return print_yaml(to);
    case output_form::pattern: return print_template(to);
  }
}

void table::print_columns(std::ostream& to, std::size_t count) const {
  std::vector<std::size_t> widths;
  std::vector<bool> numeric;
  for (std::size_t c = 0; c < count; ++c) {
    widths.push_back(columns_[c].size());
    const auto is_number = [c](const auto& row) { return row[c].is_number(); };
    numeric.push_back(std::ranges::any_of(rows_, is_number));
    for (const auto& row : rows_) {
      widths[c] = std::max(widths[c], characters(cell(row[c])));
      numeric[c] = numeric[c] && (row[c].is_number() || row[c].is_null());
    }
  }
  const auto line = [&](const auto& text_of) {
    for (std::size_t c = 0; c < count; ++c) {
      const std::string text = text_of(c);
      const std::string padding(widths[c] - characters(text), ' ');
      to << (c == 0 ? "" : "  ") << (numeric[c] ? padding : "") << text
         << (numeric[c] || c + 1 == count ? "" : padding);
    }
    to << '\n';
  };
  line([&](std::size_t c) { return heading(columns_[c]); });
  for (const auto& row : rows_) line([&](std::size_t c) { return cell(row[c]); });
}

void table::print_json(std::ostream& to) const {
  for (const auto& row : rows_) {
    json object;
    for (std::size_t c = 0; c < columns_.size(); ++c) object[columns_[c]] = row[c];
    to << as_json(object) << '\n';
  }
}

// YAML 1.2 takes JSON's scalars and lists as they are.
void table::print_yaml(std::ostream& to) const {
  if (rows_.empty()) to << "[]\n";
  for (const auto& row : rows_)
    for (std::size_t c = 0; c < columns_.size(); ++c)
      to << (c == 0 ? "- " : "  ") << columns_[c] << ": " << as_json(row[c]) << '\n';
}

void table::print_template(std::ostream& to) const {
  for (const auto& row : rows_)
    for (const auto& part : template_)
      to << (part.is_column ? cell(row[index_of(columns_, part.text)]) : part.text);
}

}  // namespace klamm::cli
