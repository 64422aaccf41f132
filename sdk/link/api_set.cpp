#include "link/api_set.hpp"

#include <fmt/format.h>

namespace klamm::link {

api_set api_set::served_on(std::uint8_t listener) {
  api_set served;
  for (const auto& api : wire::all_apis())
    if (api.served_on(listener)) served.set(api.key, {api.versions.min, api.latest_stable});
  return served;
}

const api_set& api_set::ours() {
  static const auto all = served_on(wire::on_broker | wire::on_controller);
  return all;
}

std::string name_of(wire::api_key key) {
  const auto* api = wire::find_api(key);
  return api ? std::string(api->name) : fmt::format("API {}", static_cast<std::int16_t>(key));
}

}  // namespace klamm::link
