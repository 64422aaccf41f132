#include "vector_file.hpp"

#include <memory>
#include <stdexcept>
#include <zlib.h>

namespace klamm::wire_test {
namespace {

struct close_file {
  void operator()(gzFile file) const { gzclose(file); }
};

int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

}  // namespace

std::vector<std::string> read_lines(const std::filesystem::path& gzip_file) {
  const std::unique_ptr<gzFile_s, close_file> file(gzopen(gzip_file.c_str(), "rb"));
  if (!file) throw std::runtime_error("cannot open " + gzip_file.string());
  std::string text;
  char piece[1 << 16];
  int got = 0;
  while ((got = gzread(file.get(), piece, sizeof piece)) > 0)
    text.append(piece, static_cast<std::size_t>(got));
  if (got < 0) throw std::runtime_error("cannot decompress " + gzip_file.string());
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
  return bytes;
}

std::string to_hex(const std::byte* bytes, std::size_t count) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < count; ++i) {
    hex += digits[std::to_integer<std::size_t>(bytes[i] >> 4)];
    hex += digits[std::to_integer<std::size_t>(bytes[i] & std::byte{15})];
  }
  return hex;
}

}  // namespace klamm::wire_test
