#include "tests/sim/bit_rot.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "wire/batch_reader.hpp"

namespace klamm::sim {
namespace {

constexpr std::string_view segments = ".log";
constexpr std::array<std::string_view, 3> beside_segments{".index", ".timeindex", ".snapshot"};
constexpr std::uint64_t length_from = 8, length_to = 12, magic_from = 16;  // in a batch

std::vector<std::string> files_of(const disk& on, const std::string& directory, std::string_view kind) {
  auto all = on.files();
  std::erase_if(all, [&](const std::string& path) {
    return !path.starts_with(directory + '/') || !path.ends_with(kind) || on.content(path)->empty();
  });
  return all;
}

/// A byte that somebody can notice: see the header.
std::optional<std::uint64_t> byte_of_a_batch(const std::vector<std::byte>& segment, rng& random) {
  struct batch {
    std::uint64_t at, size;
  };
  std::vector<batch> all;
  std::uint64_t at = 0;
  wire::batch_reader batches(buffer_slice::copy(segment));
  wire::batch_view one;
  while (batches.next(one) == wire::batch_reader::step::batch) {
    all.push_back({at, one.bytes().size()});
    at += one.bytes().size();
  }
  if (all.empty()) return std::nullopt;
  const auto& chosen = all[random.below(all.size())];
  const auto lengths = length_to - length_from;
  const auto which = random.below(lengths + chosen.size - magic_from);
  return chosen.at + (which < lengths ? length_from + which : magic_from + which - lengths);
}

}  // namespace

std::optional<turned_bit> turn_a_bit(disk& on, const std::string& directory, rng& random) {
  const bool in_a_batch = random.chance(0.7);
  const auto kind = in_a_batch ? segments : beside_segments[random.below(beside_segments.size())];
  const auto all = files_of(on, directory, kind);
  if (all.empty()) return std::nullopt;
  const auto& path = all[random.below(all.size())];
  const auto content = *on.content(path);
  const auto byte = in_a_batch ? byte_of_a_batch(content, random) : random.below(content.size());
  if (!byte) return std::nullopt;
  const turned_bit out{path, *byte, static_cast<int>(random.below(8))};
  on.flip_bit(out.path, out.byte, out.bit);
  return out;
}

bool turn_a_bit(std::vector<std::byte>& batches, rng& random) {
  const auto byte = byte_of_a_batch(batches, random);
  if (byte) batches[*byte] ^= static_cast<std::byte>(1U << random.below(8));
  return byte.has_value();
}

}  // namespace klamm::sim
