// Kafka's UUIDs: 16 bytes, printed as 22 characters of unpadded URL-safe Base64.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace klamm {

struct uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const uuid&) const = default;
  /// All zero: "no id", as for a topic that has none.
  constexpr bool is_zero() const { return bytes == std::array<std::uint8_t, 16>{}; }
};

std::string to_string(const uuid& id);
/// Null unless `text` is 22 characters of URL-safe Base64.
std::optional<uuid> parse_uuid(std::string_view text);

}  // namespace klamm

template <>
struct std::hash<klamm::uuid> {
  std::size_t operator()(const klamm::uuid& id) const noexcept {
    std::uint64_t mixed = 0xcbf29ce484222325ULL;
    for (const auto byte : id.bytes) mixed = (mixed ^ byte) * 0x100000001b3ULL;
    return mixed;
  }
};
