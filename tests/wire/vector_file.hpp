// Reads the files of golden vectors: lines of text, compressed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace klamm::wire_test {

/// The lines of a gzip file, without their ends. Throws std::runtime_error where it cannot be read.
std::vector<std::string> read_lines(const std::filesystem::path& gzip_file);

std::vector<std::byte> from_hex(std::string_view hex);
std::string to_hex(const std::byte* bytes, std::size_t count);

}  // namespace klamm::wire_test
