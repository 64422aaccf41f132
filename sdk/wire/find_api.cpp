#include <algorithm>

#include "wire/api_table.hpp"

namespace klamm::wire {

const api_info* find_api(api_key key) {
  const auto apis = all_apis();
  const auto found = std::ranges::lower_bound(apis, key, {}, &api_info::key);
  return found != apis.end() && found->key == key ? &*found : nullptr;
}

const api_info* find_api(std::string_view name) {
  const auto apis = all_apis();
  const auto found = std::ranges::find(apis, name, &api_info::name);
  return found != apis.end() ? &*found : nullptr;
}

}  // namespace klamm::wire
