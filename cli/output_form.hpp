// How a command prints its rows: what -o, --output says.
//
//   table              aligned columns, for people          wide    the same with more columns
//   json               an object a line, every column       yaml    a list of maps, every column
//   template=TEXT      TEXT for each row, with {column} for its value, {{ for a brace, and \n \t \xHH as in C
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace klamm::cli {

struct output_form {
  enum kind { table, wide, json, yaml, pattern } as = table;
  std::string text{};  // of pattern, unescaped
};

/// Nothing is a table. Throws std::invalid_argument that names what there is.
output_form parse_output_form(std::string_view text);

/// A part of a template: text as it is, or the value of a column.
struct template_part {
  std::string text;
  bool is_column = false;
};
/// Throws std::invalid_argument for a brace that is not closed, or a column that is not among `columns`.
std::vector<template_part> parse_template(std::string_view text, const std::vector<std::string>& columns);

}  // namespace klamm::cli
