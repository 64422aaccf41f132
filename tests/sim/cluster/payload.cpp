#include "tests/sim/cluster/payload.hpp"

#include <algorithm>

#include "base/rng.hpp"
#include "wire/endian.hpp"

namespace klamm::sim {

std::vector<std::byte> make_payload(std::uint64_t value, std::uint64_t padding) {
  std::vector<std::byte> out(sizeof value + padding);
  wire::store(out.data(), value);
  rng filler(value);
  std::generate(out.begin() + sizeof value, out.end(),
                [&] { return static_cast<std::byte>(filler.below(8)); });
  return out;
}

std::optional<std::uint64_t> read_payload(bytes_view bytes) {
  if (bytes.size() < sizeof(std::uint64_t)) return std::nullopt;
  const auto value = wire::load<std::uint64_t>(bytes.data());
  const auto expected = make_payload(value, bytes.size() - sizeof value);
  if (!std::ranges::equal(bytes, expected)) return std::nullopt;
  return value;
}

}  // namespace klamm::sim
