#include "broker/faults/error_answer.hpp"

#include <algorithm>

#include "wire/writer.hpp"

namespace klamm::broker::faults {
namespace {

using wire::field_info;
using wire::field_type;
using wire::json;
using wire::structure_info;

constexpr std::string_view code_field = "errorCode";

bool is_plain(const field_info& field) { return !field.array && field.type != field_type::structure; }

/// A response mirrors its request: its lists have an element for each element of the request's, in the same order, and an
/// element begins with what names it. Names differ (`topicData` and `responses`, `partition` and `partitionIndex`), so what has no
/// namesake is found by its place.
class mirror {
 public:
  mirror(api_version version, error_code code) : version_(version), code_(code) {}

  json of(const structure_info& shape, const json& asked) {
    json made = json::object();
    for (const auto& field : shape.fields) {
      if (!field.versions.contains(version_)) continue;
      if (field.name == code_field)
        made[std::string(code_field)] = say();
      else if (field.array && field.structure && says_errors(*field.structure))
        made[std::string(field.name)] = list_of(field, asked);
      else if (is_plain(field) && asked.is_object())
        copy_namesake(field, asked, made);
    }
    return made;
  }
  bool said() const { return said_; }

 private:
  std::int16_t say() {
    said_ = true;
    return static_cast<std::int16_t>(code_);
  }

  bool says_errors(const structure_info& shape) const {
    return std::any_of(shape.fields.begin(), shape.fields.end(), [&](const field_info& field) {
      return field.versions.contains(version_) &&
             (field.name == code_field || (field.structure && says_errors(*field.structure)));
    });
  }

  json list_of(const field_info& field, const json& asked) {
    json made = json::array();
    const auto* const items = list_in(asked, field.name);
    if (items == nullptr) return made;
    for (const auto& item : *items) {
      auto one = of(*field.structure, item);
      name_it(*field.structure, item, one);
      made.push_back(std::move(one));
    }
    return made;
  }

  static const json* list_in(const json& asked, std::string_view name) {
    if (!asked.is_object()) return nullptr;
    if (const auto same = asked.find(name); same != asked.end() && same->is_array()) return &*same;
    const auto first =
        std::find_if(asked.begin(), asked.end(), [](const json& value) { return value.is_array(); });
    return first == asked.end() ? nullptr : &*first;
  }

  void copy_namesake(const field_info& field, const json& asked, json& made) const {
    const auto same = asked.find(field.name);
    if (same != asked.end() && fits(field, *same)) made[std::string(field.name)] = *same;
  }

  /// The first plain field that is not about the error, unless it has its value already.
  void name_it(const structure_info& shape, const json& item, json& made) const {
    const auto naming = std::find_if(shape.fields.begin(), shape.fields.end(), [&](const field_info& field) {
      return field.versions.contains(version_) && is_plain(field) && !field.name.starts_with("error");
    });
    if (naming == shape.fields.end() || made.contains(naming->name)) return;
    if (const auto* const value = naming_value(*naming, item)) made[std::string(naming->name)] = *value;
  }

  const json* naming_value(const field_info& field, const json& item) const {
    if (!item.is_object()) return fits(field, item) ? &item : nullptr;
    const auto first =
        std::find_if(item.begin(), item.end(), [&](const json& value) { return fits(field, value); });
    return first == item.end() ? nullptr : &*first;
  }

  bool fits(const field_info& field, const json& value) const {
    if (value.is_null()) return field.nullable.contains(version_);
    const bool is_text =
        field.type == field_type::string || field.type == field_type::uuid || field.type == field_type::bytes;
    return is_text                             ? value.is_string()
           : field.type == field_type::boolean ? value.is_boolean()
                                               : value.is_number();
  }

  api_version version_;
  error_code code_;
  bool said_ = false;
};

/// Of a whole Fetch only its session can be wrong: another error there would hide those of its partitions.
bool is_of_session(error_code code) {
  return code == error_code::fetch_session_id_not_found || code == error_code::invalid_fetch_session_epoch ||
         code == error_code::fetch_session_topic_id_error;
}

}  // namespace

result<byte_chain> error_answer(wire::api_key api, api_version version, const json& asked, error_code code) {
  const auto* const type = wire::find_message(wire::message_kind::response, api);
  mirror reflected(version, code);
  auto body = reflected.of(*type->root, asked);
  if (api == wire::api_key::fetch && !is_of_session(code)) {
    body[std::string(code_field)] = 0;
    body["sessionId"] = 0;  // one that was kept would be out of step: nothing of the request was done
  }
  if (!reflected.said() || (api == wire::api_key::produce && asked.value("acks", 1) == 0))
    return error(code, "this request has no answer that could name an error");
  const auto message = type->make();
  if (auto set = message->set_json(body, version); !set) return set.failure();
  wire::writer to;
  message->encode_to(to, version);
  if (!to.ok()) return error(error_code::unknown_server_error, to.failure());
  return to.finish();
}

}  // namespace klamm::broker::faults
