#include "wire/json/json_reader.hpp"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/base64.hpp"

namespace klamm::wire {

json_reader::json_reader(const json& object, std::string path, json_context& context)
    : object_(&object), path_(std::move(path)), context_(&context) {
  if (!object.is_object()) fail("", "an object is needed");
}

void json_reader::fail(std::string_view name, std::string_view why) {
  if (!context_->failure.empty()) return;
  auto place = name.empty() ? path_ : path_ + "/" + std::string(name);
  context_->failure = (place.empty() ? "the message" : place) + ": " + std::string(why);
}

const json_reader::json* json_reader::find(const char* name) {
  asked_.push_back(name);
  if (!object_->is_object()) return nullptr;
  const auto found = object_->find(name);
  return found == object_->end() ? nullptr : &*found;
}

bool json_reader::null(const json& value) { return value.is_null(); }

bool json_reader::is_null(const char* name) {
  const auto* value = find(name);
  return value != nullptr && value->is_null();
}

json_reader json_reader::object(const char* name) {
  static const json empty = json::object();
  const auto* value = find(name);
  return {value == nullptr ? empty : *value, path_ + "/" + name, *context_};
}

std::vector<const json_reader::json*> json_reader::elements(const json& list, const char* name) {
  std::vector<const json*> out;
  if (!list.is_array()) return fail(name, "a list is needed"), out;
  for (const auto& element : list) out.push_back(&element);
  return out;
}

std::vector<json_reader> json_reader::array(const char* name) {
  std::vector<json_reader> out;
  const auto* list = find(name);
  if (list == nullptr) return out;
  for (const auto* element : elements(*list, name))
    out.emplace_back(*element, path_ + "/" + name + "/" + std::to_string(out.size()), *context_);
  return out;
}

void json_reader::done() {
  if (!object_->is_object()) return;
  for (const auto& [name, value] : object_->items())
    if (std::ranges::find(asked_, name) == asked_.end()) return fail(name, "no such field in this version");
}

void json_reader::tags(unknown_tags& to) {
  for (auto& element : array("unknownTaggedFields")) {
    auto& tag = to.emplace_back();
    element.get("tag", tag.tag);
    element.get("data", tag.value);
  }
}

std::int64_t json_reader::get_signed(const json& from, const char* name) {
  if (from.is_number_unsigned() &&
      from.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return fail(name, "a number beyond 64 bits"), 0;
  if (!from.is_number_integer()) return fail(name, "a whole number is needed"), 0;
  return from.get<std::int64_t>();
}

std::uint64_t json_reader::get_unsigned(const json& from, const char* name) {
  if (!from.is_number_unsigned()) return fail(name, "a whole number that is not negative is needed"), 0;
  return from.get<std::uint64_t>();
}

void json_reader::set(const json& from, const char* name, bool& to) {
  if (!from.is_boolean()) return fail(name, "true or false is needed");
  to = from.get<bool>();
}

void json_reader::set(const json& from, const char* name, double& to) {
  if (from == "NaN")
    to = std::numeric_limits<double>::quiet_NaN();
  else if (from == "Infinity")
    to = std::numeric_limits<double>::infinity();
  else if (from == "-Infinity")
    to = -std::numeric_limits<double>::infinity();
  else if (from.is_number())
    to = from.get<double>();
  else
    fail(name, "a number is needed");
}

void json_reader::set(const json& from, const char* name, std::string_view& to) {
  if (!from.is_string()) return fail(name, "a text is needed");
  to = context_->texts.emplace_back(from.get<std::string>());
}

void json_reader::set(const json& from, const char* name, klamm::uuid& to) {
  const auto id = from.is_string() ? parse_uuid(from.get_ref<const std::string&>()) : std::nullopt;
  if (!id) return fail(name, "an id of 22 characters of URL-safe Base64 is needed");
  to = *id;
}

bytes_ref json_reader::decoded(const json& from, const char* name) {
  if (!from.is_string()) return fail(name, "bytes in Base64 are needed"), bytes_ref{};
  const auto bytes = base64_decode(from.get_ref<const std::string&>(), base64_alphabet::padded);
  if (!bytes) return fail(name, "not Base64"), bytes_ref{};
  return bytes_ref(as_bytes_view(context_->texts.emplace_back(as_text(*bytes))));
}

}  // namespace klamm::wire
