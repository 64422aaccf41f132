// Bytes as text: escapes, UTF-8, Base64.
#pragma once

#include <string>
#include <string_view>

namespace klamm::cli {

bool is_utf8(std::string_view bytes);
std::string to_base64(std::string_view bytes);
/// Throws std::invalid_argument.
std::string from_base64(std::string_view text);
/// Replaces \n \t \r \0 \\ and \xHH by what they mean; other escapes stay as they are.
std::string unescape(std::string_view text);

}  // namespace klamm::cli
