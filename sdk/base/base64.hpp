// Base64 (RFC 4648): padded for bytes in JSON, URL-safe and unpadded for Kafka's UUIDs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace klamm {

enum class base64_alphabet { padded, url_unpadded };

std::string base64_encode(bytes_view bytes, base64_alphabet alphabet);
/// Null for characters outside the alphabet, a length that no encoder makes, or nonzero bits after the last
/// byte.
std::optional<std::vector<std::byte>> base64_decode(std::string_view text, base64_alphabet alphabet);

}  // namespace klamm
