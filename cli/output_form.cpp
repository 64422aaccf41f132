#include "cli/output_form.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "cli/text.hpp"

namespace klamm::cli {

output_form parse_output_form(std::string_view text) {
  constexpr std::string_view pattern = "template=";
  if (text.empty() || text == "table") return {.as = output_form::table};
  if (text == "wide") return {.as = output_form::wide};
  if (text == "json") return {.as = output_form::json};
  if (text == "yaml") return {.as = output_form::yaml};
  if (text.starts_with(pattern))
    return {.as = output_form::pattern, .text = unescape(text.substr(pattern.size()))};
  throw std::invalid_argument('"' + std::string(text) +
                              "\" is none of table, wide, json, yaml, template=TEXT");
}

std::vector<template_part> parse_template(std::string_view text, const std::vector<std::string>& columns) {
  std::vector<template_part> parts;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool doubled = (text[i] == '{' || text[i] == '}') && text.substr(i + 1, 1) == text.substr(i, 1);
    if (text[i] != '{' || doubled) {
      literal += text[i];
      i += doubled ? 1 : 0;
      continue;
    }
    const auto end = text.find('}', i);
    if (end == text.npos) throw std::invalid_argument("a brace is not closed; {{ is one that is printed");
    const std::string name(text.substr(i + 1, end - i - 1));
    if (std::ranges::find(columns, name) == columns.end()) {
      std::string all;
      for (const auto& column : columns) all += (all.empty() ? "" : ", ") + column;
      throw std::invalid_argument("there is no column \"" + name + "\" here; there are " + all);
    }
    parts.push_back({std::exchange(literal, {})});
    parts.push_back({name, true});
    i = end;
  }
  parts.push_back({std::move(literal)});
  return parts;
}

}  // namespace klamm::cli
