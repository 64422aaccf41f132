// What the generated to-JSON functions call: one object that grows field by field.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/strong.hpp"
#include "base/uuid.hpp"
#include "wire/fields.hpp"

namespace klamm::wire {

class json_list;

class json_writer {
 public:
  /// Makes `object` an empty object and writes into it.
  json_writer(nlohmann::ordered_json& object, bool with_unknown_tags);

  /// A number, text, bytes, id, null, or a list of them.
  template <class T>
  void put(const char* name, const T& value) {
    set(slot(name), value);
  }
  json_writer object(const char* name) { return {slot(name), with_unknown_tags_}; }
  json_list array(const char* name);
  void null(const char* name) { slot(name); }
  void tags(const unknown_tags& tags);

 private:
  friend class json_list;
  using json = nlohmann::ordered_json;

  json& slot(const char* name);
  static json& append_to(json& list);
  static void make_list(json& to);

  static void set_signed(json& to, std::int64_t value);
  static void set_unsigned(json& to, std::uint64_t value);
  static void set(json& to, bool value);
  static void set(json& to, double value);
  static void set(json& to, std::string_view value);
  static void set(json& to, const bytes_ref& value);
  static void set(json& to, const records_field& value);
  static void set(json& to, const klamm::uuid& value);
  static void set(json& to, std::chrono::milliseconds value) { set_signed(to, value.count()); }
  template <strong T>
  static void set(json& to, T value) {
    set_signed(to, value.value);
  }
  template <class T>
    requires std::is_enum_v<T> || std::is_integral_v<T>
  static void set(json& to, T value) {
    if constexpr (std::is_unsigned_v<T>)
      set_unsigned(to, value);
    else
      set_signed(to, static_cast<std::int64_t>(value));
  }
  template <class T>
  static void set(json& to, const std::vector<T>& values) {
    make_list(to);
    for (const auto& value : values) set(append_to(to), value);
  }
  template <class T>
  static void set(json& to, const std::optional<T>& value) {
    if (value) set(to, *value);
  }

  json* object_;
  bool with_unknown_tags_;
};

/// A list of objects.
class json_list {
 public:
  json_list(nlohmann::ordered_json& list, bool with_unknown_tags)
      : list_(&list), with_unknown_tags_(with_unknown_tags) {
    json_writer::make_list(list);
  }
  json_writer element() { return {json_writer::append_to(*list_), with_unknown_tags_}; }

 private:
  nlohmann::ordered_json* list_;
  bool with_unknown_tags_;
};

inline json_list json_writer::array(const char* name) { return {slot(name), with_unknown_tags_}; }

}  // namespace klamm::wire
