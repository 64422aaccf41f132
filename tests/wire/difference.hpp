// How the vectors' checks say what differs: the first difference is thrown, and caught where a whole vector is checked.
#pragma once

#include <stdexcept>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace klamm::wire_test {

struct difference : std::runtime_error {
  using runtime_error::runtime_error;
};

template <class T, class U>
void expect(std::string_view what, const T& ours, const U& theirs) {
  if (!(ours == theirs))
    throw difference(fmt::format("{}: {} instead of {}", what, nlohmann::json(ours).dump(),
                                 nlohmann::json(theirs).dump()));
}

}  // namespace klamm::wire_test
