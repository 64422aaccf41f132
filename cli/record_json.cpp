#include "cli/record_json.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "cli/text.hpp"

namespace klamm::cli {
namespace {

using json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 9> fields{"topic", "partition", "offset",  "timestamp", "key",
                                                 "value", "headers",   "key_b64", "value_b64"};

void put(json& to, const char* name, BytesView bytes) {
  if (bytes.is_null()) {
    to[name] = nullptr;
  } else if (is_utf8(bytes.text())) {
    to[name] = bytes.text();
  } else {
    to[name + std::string("_b64")] = to_base64(bytes.text());
  }
}

json header_pair(const HeaderRef& header) {
  if (header.value.is_null()) return json::array({header.key, nullptr});
  if (is_utf8(header.value.text())) return json::array({header.key, header.value.text()});
  return json::array({header.key, nullptr, to_base64(header.value.text())});
}

std::string shown(const json& value) {
  const auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= 40 ? text : text.substr(0, 37) + "...";
}

[[noreturn]] void refuse(const std::string& where, const char* expected, const json& found) {
  throw std::invalid_argument(where + " has to be " + expected + ", not " + shown(found));
}

std::string text_of(const json& value, const std::string& where) {
  if (!value.is_string()) refuse(where, "a string", value);
  return value.get<std::string>();
}

std::string decoded(const json& value, const std::string& where) {
  try {
    return from_base64(text_of(value, where));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(where + ": " + e.what());
  }
}

// Key or value; false: the line has neither the field nor its Base64.
bool get(const json& line, const std::string& name, std::optional<std::string>& to) {
  const auto plain = line.find(name), coded = line.find(name + "_b64");
  if (plain != line.end() && coded != line.end())
    throw std::invalid_argument('"' + name + "\" and \"" + name + "_b64\" exclude each other");
  if (coded != line.end()) to = decoded(*coded, '"' + name + "_b64\"");
  if (plain != line.end() && !plain->is_null()) {
    if (!plain->is_string()) refuse('"' + name + '"', "a string or null", *plain);
    to = plain->get<std::string>();
  }
  return plain != line.end() || coded != line.end();
}

template <class Integer>
std::optional<Integer> get_integer(const json& line, const std::string& name) {
  const auto found = line.find(name);
  if (found == line.end()) return std::nullopt;
  constexpr auto most = std::numeric_limits<Integer>::max();
  const bool fits = found->is_number_unsigned()
                        ? found->template get<std::uint64_t>() <= std::uint64_t(most)
                        : found->is_number_integer() &&
                              found->template get<std::int64_t>() >= std::numeric_limits<Integer>::min();
  if (!fits) refuse('"' + name + '"', "a whole number", *found);
  return found->template get<Integer>();
}

void add_header(Headers& to, const json& pair) {
  constexpr const char* expected = "[name, value] or [name, null, base64]";
  if (!pair.is_array() || pair.size() < 2 || pair.size() > 3 || !pair[0].is_string())
    refuse("a header", expected, pair);
  const auto name = pair[0].get<std::string>();
  if (pair.size() == 3) {
    if (!pair[1].is_null()) refuse("a header", expected, pair);
    to.add(name, decoded(pair[2], "header \"" + name + '"'));
  } else if (pair[1].is_null()) {
    to.add(name, nullptr);
  } else {
    to.add(name, text_of(pair[1], "header \"" + name + '"'));
  }
}

json parsed(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const json::exception& e) {
    // The library's own prefix says nothing to users: "[json.exception.parse_error.101] parse error at line 1, column 2: ...".
    const std::string_view what = e.what();
    const auto column = what.find("column ");
    throw std::invalid_argument("no JSON: " + std::string(column == what.npos ? what : what.substr(column)));
  }
}

}  // namespace

std::string json_line(const RecordView& record) {
  json line;
  line["topic"] = record.topic();
  line["partition"] = record.partition().value;
  line["offset"] = record.offset().value;
  line["timestamp"] = record.timestamp().time_since_epoch().count();
  put(line, "key", record.key());
  put(line, "value", record.value());
  line["headers"] = json::array();
  for (const auto header : record.headers()) line["headers"].push_back(header_pair(header));
  return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

Record parse_json_record(std::string_view text) {
  const auto line = parsed(text);
  if (!line.is_object()) throw std::invalid_argument("expected a JSON object, not " + shown(line));
  for (const auto& [name, _] : line.items())
    if (std::ranges::find(fields, name) == fields.end())
      throw std::invalid_argument(
          '"' + name +
          "\" is no field of a record; there are topic, partition, offset, timestamp, "
          "key, key_b64, value, value_b64, headers");
  Record record{RecordRef{}};
  if (line.contains("topic")) record.topic = text_of(line["topic"], "\"topic\"");
  record.partition = Partition(get_integer<std::int32_t>(line, "partition").value_or(-1));
  get_integer<std::int64_t>(line, "offset");
  // A negative time is none.
  if (const auto time = get_integer<std::int64_t>(line, "timestamp"); time && *time >= 0)
    record.timestamp = Timestamp(Millis(*time));
  get(line, "key", record.key);
  if (!get(line, "value", record.value))
    throw std::invalid_argument("\"value\" is missing; null would be a tombstone");
  if (const auto headers = line.find("headers"); headers != line.end()) {
    if (!headers->is_array()) refuse("\"headers\"", "[[name, value], ...]", *headers);
    for (const auto& pair : *headers) add_header(record.headers, pair);
  }
  return record;
}

}  // namespace klamm::cli
