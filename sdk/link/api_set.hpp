// Which APIs one end speaks or serves, and in which versions.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "wire/api_table.hpp"

namespace klamm::link {

/// A version range for each API key; the empty range for those that it does not have.
class api_set {
 public:
  /// Every API of the protocol, in all stable versions that this library encodes.
  static const api_set& ours();
  /// What of ours a listener offers: bits of wire::api_info::listeners.
  static api_set served_on(std::uint8_t listener);

  wire::version_range of(wire::api_key key) const {
    return known(key) ? ranges_[index(key)] : wire::version_range{};
  }
  /// Keys beyond those that the protocol can soon have are ignored: a peer may know more than we do.
  void set(wire::api_key key, wire::version_range range) {
    if (known(key)) ranges_[index(key)] = range;
  }

  friend bool operator==(const api_set&, const api_set&) = default;

 private:
  static constexpr std::size_t limit = 128;
  static std::size_t index(wire::api_key key) { return static_cast<std::size_t>(key); }
  static bool known(wire::api_key key) { return static_cast<std::int16_t>(key) >= 0 && index(key) < limit; }
  std::array<wire::version_range, limit> ranges_{};
};

/// `Fetch` for the keys that we know, `API 99` for others.
std::string name_of(wire::api_key key);

}  // namespace klamm::link
