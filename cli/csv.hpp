// Comma-separated values (RFC 4180): "quoted", "" for a quote in quotes; a quoted field may hold line breaks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace klamm::cli {

/// The fields of a row; nothing while a quote is open, so that the row goes on behind the line break. Throws
/// std::invalid_argument for what follows a closing quote without a comma.
std::optional<std::vector<std::string>> csv_row(std::string_view text);

}  // namespace klamm::cli
