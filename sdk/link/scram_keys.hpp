// The arithmetic of SCRAM (RFC 5802, section 3), the same for both ends.
#pragma once

#include <string>
#include <string_view>

#include "link/sasl.hpp"

namespace klamm::link {

/// Hi(): PBKDF2 (RFC 8018). Takes about 0.2 us an iteration.
std::string salted_password(scram_hash hash, std::string_view password, std::string_view salt,
                            int iterations);
std::string scram_hmac(scram_hash hash, std::string_view key, std::string_view text);
std::string scram_digest(scram_hash hash, std::string_view text);
/// Precondition: both are of one size.
std::string exclusive_or(std::string_view a, std::string_view b);
/// In a time that does not depend on where they differ.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace klamm::link
