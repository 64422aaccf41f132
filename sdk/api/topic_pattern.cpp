#include "api/topic_pattern.hpp"

#include <regex>

#include <fmt/format.h>

#include "api/error_details.hpp"

namespace klamm::api {

Result<std::function<bool(std::string_view)>> names_matching(std::string_view pattern) try {
  const std::regex compiled(pattern.begin(), pattern.end(), std::regex::ECMAScript | std::regex::optimize);
  return std::function(
      [compiled](std::string_view name) { return std::regex_match(name.begin(), name.end(), compiled); });
} catch (const std::regex_error& why) {
  return to_error(error(error_code::invalid_options,
                        fmt::format("the pattern \"{}\" cannot be read: {}", pattern, why.what())),
                  {.operation = "subscribe_regex"});
}

}  // namespace klamm::api
