#include "wire/json/catalog.hpp"

#include <algorithm>

namespace klamm::wire {
namespace {

template <class Matches>
const message_type* find(Matches matches) {
  const auto all = catalog();
  const auto found = std::ranges::find_if(all, [&](const auto* type) { return matches(*type); });
  return found == all.end() ? nullptr : *found;
}

}  // namespace

const message_type* find_message(std::string_view name) {
  return find([&](const auto& type) { return type.name == name; });
}

const message_type* find_message(message_kind kind, api_key key) {
  return find(
      [&](const auto& type) { return type.kind == kind && type.key == static_cast<std::int16_t>(key); });
}

const message_type* find_record(message_kind kind, std::string_view module, std::int16_t key) {
  return find(
      [&](const auto& type) { return type.kind == kind && type.module == module && type.key == key; });
}

}  // namespace klamm::wire
