// The addresses that a client starts with.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "link/transport.hpp"

namespace klamm::api {

/// "host", "host:port", "[::1]:port", "PLAINTEXT://host:port", several divided by commas. The port may be left out (9092).
result<std::vector<link::endpoint>> parse_bootstrap(std::string_view servers);

}  // namespace klamm::api
