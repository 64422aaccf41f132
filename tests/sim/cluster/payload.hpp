// Records whose value says which send they come from, and whose every byte follows from that.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace klamm::sim {

std::vector<std::byte> make_payload(std::uint64_t value, std::uint64_t padding);
/// Nothing: no payload of ours, or not as it was sent.
std::optional<std::uint64_t> read_payload(bytes_view bytes);

}  // namespace klamm::sim
