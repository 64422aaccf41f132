// Rows for people (aligned columns) or for programs (one JSON object a row).
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/session.hpp"

namespace klamm::cli {

class table {
 public:
  /// Column names are the keys of the JSON objects; as headings they are in capitals.
  explicit table(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  /// One value a column. Numbers are right-aligned; arrays print as a list with commas; null as "-".
  void add(std::vector<nlohmann::ordered_json> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  void print(std::ostream& to, output_form form) const;

 private:
  void print_table(std::ostream& to) const;
  void print_json(std::ostream& to) const;

  std::vector<std::string> columns_;
  std::vector<std::vector<nlohmann::ordered_json>> rows_;
};

}  // namespace klamm::cli
