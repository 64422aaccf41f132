#include "tests/proxy/referee.hpp"

namespace klamm::proxy {

fate referee::request(wire::api_key key) {
  ++counts_.requests[key];
  return next_frame();
}

fate referee::response(wire::api_key key) {
  const auto number = ++counts_.responses[key];
  const auto rule = rules_.drop_every.find(key);
  if (rule == rules_.drop_every.end() || number % rule->second != 0) return next_frame();
  ++counts_.dropped[key];
  return fate::withhold;
}

fate referee::next_frame() {
  if (rules_.reset_every == 0 || ++frames_ % rules_.reset_every != 0) return fate::forward;
  ++counts_.resets;
  return fate::cut;
}

}  // namespace klamm::proxy
