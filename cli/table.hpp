// Rows for people (aligned columns) or for programs (JSON, YAML, a template).
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/output_form.hpp"

namespace klamm::cli {

class table {
 public:
  /// Column names are the keys of the JSON objects; as headings they are in capitals. `more` are columns that stand behind the
  /// others, and that people see only with -o wide. Throws std::invalid_argument for a template that does not fit.
  table(output_form form, std::vector<std::string> columns, const std::vector<std::string>& more = {});

  /// One value a column, those of `more` included. Numbers are right-aligned; arrays print as a list with commas; null as "-".
  void add(std::vector<nlohmann::ordered_json> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  void print(std::ostream& to) const;

 private:
  void print_columns(std::ostream& to, std::size_t count) const;
  void print_json(std::ostream& to) const;
  void print_yaml(std::ostream& to) const;
  void print_template(std::ostream& to) const;

  output_form form_;
  std::vector<std::string> columns_;
  std::size_t narrow_;  // how many columns people see
  std::vector<template_part> template_;
  std::vector<std::vector<nlohmann::ordered_json>> rows_;
};

}  // namespace klamm::cli
