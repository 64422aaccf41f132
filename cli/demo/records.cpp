#include "cli/demo/records.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace klamm::cli::demo {
namespace {

constexpr const char* dpkg_status = "/var/lib/dpkg/status";
constexpr const char* apt_lists = "/var/lib/apt/lists";

std::uint64_t mix(std::uint64_t hash, std::string_view bytes) {
  for (const char c : bytes) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

package_data package_data::of_this_machine() {
  package_data all;
  std::vector<std::string> paths;
  std::error_code ignored;  // a machine without one of them has the others
  if (std::filesystem::exists(dpkg_status, ignored)) paths.emplace_back(dpkg_status);
  for (const auto& entry : std::filesystem::directory_iterator(apt_lists, ignored))
    if (entry.path().string().ends_with("_Packages")) paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  all.files_.reserve(paths.size());  // the stanzas refer to the files' text, which must not move
  for (const auto& path : paths) all.add_file(path);
  return all;
}

// A stanza is a block of "Field: value" lines, set apart by an empty line; the first field is Package.
void package_data::add_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  files_.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  std::string_view rest = files_.back();
  constexpr std::string_view field = "Package: ";
  while (!rest.empty()) {
    const auto end = std::min(rest.find("\n\n"), rest.size());
    const auto text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    if (!text.starts_with(field)) continue;
    const auto name = text.substr(field.size(), text.find('\n') - field.size());
    stanzas_.push_back({name, text});
  }
}

std::size_t package_data::bytes() const {
  std::size_t sum = 0;
  for (const auto& one : stanzas_) sum += one.package.size() + one.text.size();
  return sum;
}

synthetic::synthetic(std::uint64_t number)
    : key(fmt::format("user-{}", number % 10'007)),
      value(
          fmt::format(R"({{"event":{},"user":{},"amount":{}.{:02},"note":"a synthetic record of the demo"}})",
                      number, number % 10'007, number * 7919 % 10'000, number % 100)) {}

std::uint64_t content_hash(std::string_view key, std::string_view value) {
  return mix(mix(mix(0xcbf29ce484222325ULL, key), std::string_view("\0", 1)), value);
}

}  // namespace klamm::cli::demo
