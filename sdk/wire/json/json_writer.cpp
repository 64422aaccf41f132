#include "wire/json/json_writer.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "base/base64.hpp"

namespace klamm::wire {

json_writer::json_writer(json& object, bool with_unknown_tags)
    : object_(&object), with_unknown_tags_(with_unknown_tags) {
  object = json::object();
}

json_writer::json& json_writer::slot(const char* name) { return (*object_)[name]; }

json_writer::json& json_writer::append_to(json& list) { return list.emplace_back(nullptr); }

void json_writer::make_list(json& to) { to = json::array(); }

void json_writer::set_signed(json& to, std::int64_t value) { to = value; }
void json_writer::set_unsigned(json& to, std::uint64_t value) { to = value; }
void json_writer::set(json& to, bool value) { to = value; }
void json_writer::set(json& to, std::string_view value) { to = value; }
void json_writer::set(json& to, const klamm::uuid& value) { to = to_string(value); }

void json_writer::set(json& to, double value) {
  if (std::isnan(value))
    to = "NaN";
  else if (std::isinf(value))
    to = value < 0 ? "-Infinity" : "Infinity";
  else
    to = value;
}

void json_writer::set(json& to, const bytes_ref& value) {
  to = base64_encode(value, base64_alphabet::padded);
}

void json_writer::set(json& to, const records_field& value) { set(to, bytes_ref(value.joined().view())); }

void json_writer::tags(const unknown_tags& tags) {
  if (!with_unknown_tags_ || tags.empty()) return;
  auto list = array("unknownTaggedFields");
  for (const auto& tag : tags) {
    auto element = list.element();
    element.put("tag", tag.tag);
    element.put("data", tag.value);
  }
}

}  // namespace klamm::wire
