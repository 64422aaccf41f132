// The measure of the clients' scripts.
#pragma once

#include "base/time.hpp"

namespace klamm::client {

inline constexpr duration second = millis(1000);

}  // namespace klamm::client
