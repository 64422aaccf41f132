#include "base/base64.hpp"

#include <array>
#include <cstdint>

namespace klamm {
namespace {

constexpr std::string_view standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> reverse(std::string_view digits) {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < digits.size(); ++i)
    values[static_cast<std::uint8_t>(digits[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr auto standard_values = reverse(standard);
constexpr auto url_safe_values = reverse(url_safe);

}  // namespace

std::string base64_encode(bytes_view bytes, base64_alphabet alphabet) {
  const auto digits = alphabet == base64_alphabet::padded ? standard : url_safe;
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const auto byte : bytes) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
    for (held += 8; held >= 6;) text += digits[bits >> (held -= 6) & 63];
  }
  if (held > 0) text += digits[bits << (6 - held) & 63];
  if (alphabet == base64_alphabet::padded) text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::vector<std::byte>> base64_decode(std::string_view text, base64_alphabet alphabet) {
  const auto& values = alphabet == base64_alphabet::padded ? standard_values : url_safe_values;
  if (alphabet == base64_alphabet::padded) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int pad = 0; pad < 2 && text.ends_with('='); ++pad) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto value = values[static_cast<std::uint8_t>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if ((held += 6) >= 8) bytes.push_back(static_cast<std::byte>(bits >> (held -= 8) & 0xff));
  }
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace klamm
