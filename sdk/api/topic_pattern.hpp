// Topic names by pattern, as clients of the classic group protocol match them.
#pragma once

#include <functional>
#include <string_view>

#include <klamm/error.hpp>

namespace klamm::api {

/// True for names that match as a whole. invalid_options for a pattern that cannot be read.
Result<std::function<bool(std::string_view)>> names_matching(std::string_view pattern);

}  // namespace klamm::api
