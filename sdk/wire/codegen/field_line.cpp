#include "field_line.hpp"

#include <array>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "text.hpp"

namespace klamm::codegen {
namespace {

constexpr std::array<std::pair<const char*, base_type>, 12> base_types{{
    {"bool", base_type::boolean},
    {"int8", base_type::int8},
    {"int16", base_type::int16},
    {"int32", base_type::int32},
    {"int64", base_type::int64},
    {"uint16", base_type::uint16},
    {"uint32", base_type::uint32},
    {"float64", base_type::float64},
    {"uuid", base_type::uuid},
    {"string", base_type::string},
    {"bytes", base_type::bytes},
    {"records", base_type::records},
}};

/// Returns whether the type allows null.
bool parse_type(std::string text, field& f) {
  const bool nullable = text.ends_with('?');
  if (nullable) text.pop_back();
  if (text.starts_with('[') && text.ends_with(']')) {
    f.array = true;
    text = text.substr(1, text.size() - 2);
  }
  f.type = base_type::structure;
  for (const auto& [name, type] : base_types)
    if (text == name) f.type = type;
  if (f.is_struct()) f.struct_name = text;
  return nullable;
}

/// The number that `text` begins with; `used` is set to how many characters it takes.
int number_in(const std::string& text, std::size_t& used) try {
  return std::stoi(text, &used);
} catch (const std::logic_error&) {
  throw std::runtime_error("'" + text + "' is no number");
}
int number_of(const std::string& text) {
  std::size_t used = 0;
  const int number = number_in(text, used);
  if (used != text.size()) throw std::runtime_error("'" + text + "' is no number");
  return number;
}

std::string next_word(std::istringstream& words, const std::string& after) {
  std::string word;
  if (!(words >> word)) throw std::runtime_error("nothing after '" + after + "'");
  return word;
}

std::string unquoted(std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

void parse_word(const std::string& word, std::istringstream& words, version_range context, field& f) {
  if (word == "nullable")
    f.nullable = parse_versions(next_word(words, word), context);
  else if (word == "tag")
    f.tag = number_of(next_word(words, word));
  else if (word == "inflexible")
    f.inflexible = true;
  else if (word == "=")
    f.default_value = unquoted(next_word(words, word));
  else if (word == "ignorable")
    f.ignorable = true;
  else if (word == "as")
    f.as = next_word(words, word);
  else if (word == "json")
    f.json_name = next_word(words, word);
  else
    throw std::runtime_error("'" + word + "' means nothing here");
}

}  // namespace

version_range parse_versions(const std::string& text, version_range context) {
  if (text == "none") return {};
  std::size_t used = 0;
  const int low = number_in(text, used);
  const auto rest = text.substr(used);
  if (rest.empty()) return intersect({low, low}, context);
  if (rest == "+") return intersect({low, context.high}, context);
  if (rest.front() != '-') throw std::runtime_error("'" + text + "' is no range of versions");
  return intersect({low, number_of(rest.substr(1))}, context);
}

field parse_field(const std::string& line, version_range context) {
  const auto colon = line.find(": ");
  if (colon == std::string::npos) throw std::runtime_error("a field needs 'name: type'");
  field f;
  f.name = line.substr(0, colon);
  f.json_name = camel_case(f.name);
  f.versions = context;
  std::istringstream words(line.substr(colon + 2));
  const bool nullable = parse_type(next_word(words, ":"), f);
  if (nullable) f.nullable = context;
  for (std::string word; words >> word;) {
    if (std::isdigit(static_cast<unsigned char>(word.front())))
      f.versions = parse_versions(word, context);
    else
      parse_word(word, words, context, f);
  }
  if (f.versions.empty()) throw std::runtime_error("the field is in no version");
  if (!nullable && f.default_value == "null")
    throw std::runtime_error("a null default needs a type with '?'");
  f.nullable = intersect(f.nullable, f.versions);
  return f;
}

}  // namespace klamm::codegen
