#include "cli/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

namespace klamm::cli {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint8_t byte(char c) { return static_cast<std::uint8_t>(c); }

// The length of the code point at the front, or 0 if it is none (RFC 3629: no surrogates, nothing longer than needed).
std::size_t code_point(std::string_view text) {
  const auto lead = byte(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                             : (lead & 0xf0) == 0xe0       ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  const auto continues = [](char c) { return (byte(c) & 0xc0) == 0x80; };
  if (!std::ranges::all_of(text.substr(1, length - 1), continues)) return 0;
  const auto second = byte(text[1]);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  return length;
}

int hex_digit(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto at = digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
  return at == digits.npos ? -1 : static_cast<int>(at);
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto length = code_point(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view bytes) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  while (!bytes.empty()) {
    const auto length = code_point(bytes);
    const auto first = byte(bytes[0]);
    // U+0080 to U+009F are controls too; in UTF-8 they begin with 0xc2.
    const bool control =
        first < 0x20 || first == 0x7f || (length == 2 && first == 0xc2 && byte(bytes[1]) < 0xa0);
    if (length != 0 && !control) {
      text += bytes.substr(0, length);
      bytes.remove_prefix(length);
      continue;
    }
    (text += "\\x") += {hex[first >> 4], hex[first & 15]};
    bytes.remove_prefix(1);
  }
  return text;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (byte(c) & 0xc0) != 0x80; }));
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) { return i + k < bytes.size() ? byte(bytes[i + k]) : 0U; };
    const auto bits = at(0) << 16 | at(1) << 8 | at(2);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k <= bytes.size() ? base64_digits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  const auto digits = text.substr(0, std::min(text.find('='), text.size()));
  if (text.size() % 4 != 0 || text.size() - digits.size() > 2)
    throw std::invalid_argument(
        "not Base64: its length must be a multiple of four, with at most two '=' at the end");
  for (const char c : digits) {
    const auto value = base64_digits.find(c);
    if (value == base64_digits.npos)
      throw std::invalid_argument("not Base64: it has the character '" + std::string(1, c) + "'");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if ((held += 6) >= 8) bytes += static_cast<char>(bits >> (held -= 8) & 0xff);
  }
  return bytes;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (const char c = text[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case '0': out += '\0'; break;
      case '\\': out += '\\'; break;
      case 'x':
        if (i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
          out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
          i += 2;
          break;
        }
        [[fallthrough]];
      default: out += '\\', out += c;
    }
  }
  return out;
}

}  // namespace klamm::cli
