// What the programs share that make a page of the documentation out of a table.
#pragma once

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace klamm::docs {

/// `text` as a cell: a bar would end it.
inline std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

inline std::string code(std::string_view text) {
  return text.empty() ? std::string() : "`" + cell(text) + "`";
}

/// Whether the file says what the page does; names the first line that does not.
inline int check(const std::string& path, std::string_view page, std::string_view program, const char* home) {
  std::ifstream file(path);
  const std::string committed(std::istreambuf_iterator<char>(file), {});
  if (committed == page) return 0;
  std::size_t line = 1, at = 0;
  for (; at < page.size() && at < committed.size() && page[at] == committed[at]; ++at)
    line += page[at] == '\n';
  std::fprintf(stderr, "%s:%zu: differs from the tables; write it anew: %.*s > %s\n", path.c_str(), line,
               static_cast<int>(program.size()), program.data(), home);
  return 1;
}

/// Prints the page; with --check FILE compares it.
inline int run(int count, char** arguments, const std::string& page, const char* home) {
  const std::string_view program(arguments[0]);
  if (count == 3 && std::string_view(arguments[1]) == "--check")
    return check(arguments[2], page, program, home);
  if (count != 1) return std::fprintf(stderr, "usage: %s [--check FILE]\n", arguments[0]), 2;
  std::fputs(page.c_str(), stdout);
  return 0;
}

}  // namespace klamm::docs
