#include "cli/properties_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace klamm::cli {
namespace {

constexpr std::string_view blanks = " \t\r\f";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::map<std::string, std::string> read_properties_file(const std::string& path) {
  std::ifstream file(path);
  std::map<std::string, std::string> all;
  std::string read;
  for (int number = 1; std::getline(file, read); ++number) {
    const auto line = trimmed(read);
    if (line.empty() || line.starts_with('#') || line.starts_with('!')) continue;
    const auto equals = line.find('=');
    const auto name = trimmed(line.substr(0, equals));
    if (equals == line.npos || name.empty())
      throw std::invalid_argument(path + ':' + std::to_string(number) + ": expected NAME=VALUE, not \"" +
                                  std::string(line) + '"');
    all[std::string(name)] = trimmed(line.substr(equals + 1));
  }
  if (!file.is_open() || file.bad())
    throw std::invalid_argument("cannot read " + path + ": " + std::strerror(errno));
  return all;
}

}  // namespace klamm::cli
