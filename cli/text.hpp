// Bytes as text: escapes, UTF-8, Base64.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace klamm::cli {

bool is_utf8(std::string_view bytes);
std::string to_base64(std::string_view bytes);
/// Throws std::invalid_argument.
std::string from_base64(std::string_view text);
/// With \xHH for what would not show, or would command a terminal: control characters, and what is not UTF-8.
std::string printable(std::string_view bytes);
/// How many code points UTF-8 has.
std::size_t characters(std::string_view utf8);
/// Replaces \n \t \r \0 \\ and \xHH by what they mean; other escapes stay as they are.
std::string unescape(std::string_view text);

}  // namespace klamm::cli
