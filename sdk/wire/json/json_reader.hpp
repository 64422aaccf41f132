// What the generated from-JSON functions call: one object that is read field by field. The first failure sticks.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/strong.hpp"
#include "base/uuid.hpp"
#include "wire/fields.hpp"

namespace klamm::wire {

/// What outlives the readers of one document: the texts that the message's views point to, and the failure.
struct json_context {
  std::deque<std::string> texts;
  std::string failure;
};

class json_reader {
 public:
  /// `path` is the object's place in the document, as a JSON pointer.
  json_reader(const nlohmann::ordered_json& object, std::string path, json_context& context);

  /// Sets `to` where the object has such a field, and leaves it at its default where not.
  template <class T>
  void get(const char* name, T& to) {
    if (const auto* value = find(name)) set(*value, name, to);
  }
  bool has(const char* name) { return find(name) != nullptr; }
  bool is_null(const char* name);
  json_reader object(const char* name);
  /// The readers of a list's objects.
  std::vector<json_reader> array(const char* name);
  void tags(unknown_tags& to);
  /// Fails if the object has fields that nobody asked for.
  void done();

 private:
  using json = nlohmann::ordered_json;

  const json* find(const char* name);
  void fail(std::string_view name, std::string_view why);
  std::vector<const json*> elements(const json& list, const char* name);

  std::int64_t get_signed(const json& from, const char* name);
  std::uint64_t get_unsigned(const json& from, const char* name);
  static bool null(const json& value);
  bytes_ref decoded(const json& from, const char* name);

  void set(const json& from, const char* name, bool& to);
  void set(const json& from, const char* name, double& to);
  void set(const json& from, const char* name, std::string_view& to);
  void set(const json& from, const char* name, bytes_ref& to) { to = decoded(from, name); }
  void set(const json& from, const char* name, records_field& to) {
    to = buffer_slice::copy(decoded(from, name));
  }
  void set(const json& from, const char* name, klamm::uuid& to);
  void set(const json& from, const char* name, std::chrono::milliseconds& to) {
    to = std::chrono::milliseconds(get_signed(from, name));
  }
  template <strong T>
  void set(const json& from, const char* name, T& to) {
    set(from, name, to.value);
  }
  template <class T>
    requires std::is_enum_v<T>
  void set(const json& from, const char* name, T& to) {
    auto number = static_cast<std::underlying_type_t<T>>(to);
    set(from, name, number);
    to = static_cast<T>(number);
  }
  template <class T>
    requires std::is_integral_v<T>
  void set(const json& from, const char* name, T& to) {
    if constexpr (std::is_unsigned_v<T>)
      narrow(get_unsigned(from, name), name, to);
    else
      narrow(get_signed(from, name), name, to);
  }
  template <class T>
  void set(const json& from, const char* name, std::vector<T>& to) {
    to.clear();
    for (const auto* element : elements(from, name)) set(*element, name, to.emplace_back());
  }
  template <class T>
  void set(const json& from, const char* name, std::optional<T>& to) {
    if (null(from)) return to.reset();
    set(from, name, to.emplace());
  }
  template <class Wide, class T>
  void narrow(Wide value, const char* name, T& to) {
    if (!std::in_range<T>(value)) return fail(name, "a number beyond the range of the field");
    to = static_cast<T>(value);
  }

  const json* object_;
  std::string path_;
  json_context* context_;
  std::vector<std::string_view> asked_;
};

}  // namespace klamm::wire
