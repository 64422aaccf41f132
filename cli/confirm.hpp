// Destructive commands ask first; without a terminal to ask on they need -y.
#pragma once

#include <string_view>

namespace klamm::cli {

/// True if `yes`, or if the user says so. Without a terminal: false, and a message that names -y.
bool confirm(std::string_view question, bool yes);

}  // namespace klamm::cli
