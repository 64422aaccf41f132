#include <algorithm>

#include "emit.hpp"

namespace klamm::codegen {
namespace {

std::string flexible_from(const message& m) {
  return m.ever_flexible() ? std::to_string(m.flexible.low) : "never_flexible";
}

std::string row(const schema_file& file) {
  const auto& a = *file.api;
  const auto n = [](int value) { return std::to_string(value); };
  std::string listeners;
  for (const auto& l : a.listeners) listeners += (listeners.empty() ? "" : " | ") + ("on_" + l);
  std::string text = "{api_key::" + file.name + ", \"" + a.name + "\", {" + n(a.versions.low) + ", " +
                     n(a.versions.high) + "}, ";
  text += n(a.latest_stable) + ", " + flexible_from(file.messages.front()) + ", " +
          flexible_from(file.messages.back()) + ", ";
  text += (a.response_header ? n(*a.response_header) : "-1") + ", " + listeners + ", ";
  return text + (a.cluster_action ? "true" : "false") + ", " + (a.forwardable ? "true" : "false") + "},";
}

}  // namespace

std::vector<const schema_file*> apis_by_key(const std::vector<schema_file>& files) {
  std::vector<const schema_file*> apis;
  for (const auto& file : files)
    if (file.api) apis.push_back(&file);
  std::sort(apis.begin(), apis.end(), [](const auto* a, const auto* b) { return a->api->key < b->api->key; });
  return apis;
}

std::string api_key_header(const std::vector<schema_file>& files) {
  source out;
  out.line(first_line("the keys of the APIs.")).line("#pragma once").line().line("#include <cstdint>").line();
  out.line("namespace klamm::wire {").line();
  out.line(
      "/// The first number of every request. Values that are not listed here come from peers that know "
      "more.");
  out.open("enum class api_key : std::int16_t");
  for (const auto* file : apis_by_key(files))
    out.line(file->name + " = " + std::to_string(file->api->key) + ",");
  out.close(";").line().line("}  // namespace klamm::wire");
  return out.text();
}

std::string api_table_source(const std::vector<schema_file>& files) {
  source out;
  out.line(first_line("the table of the APIs.")).line("#include \"wire/api_table.hpp\"").line();
  out.line("namespace klamm::wire {").line().open("static constexpr api_info rows[] =");
  for (const auto* file : apis_by_key(files)) out.line(row(*file));
  out.close(";").line().line("std::span<const api_info> all_apis() { return rows; }").line();
  out.line("}  // namespace klamm::wire");
  return out.text();
}

}  // namespace klamm::codegen
