// A bit that turns by itself: on a disk, in a file of a log, or on the way between two nodes.
//
//   in                          how it is noticed
//   -------------------------   ---------------------------------------------------------------------------
//   a batch, behind its CRC     by the CRC, whenever the batch is read from the disk
//   a batch's length            by the CRC of what it makes of the bytes, or as what cannot be a batch
//   indexes, producer snapshot  by what they lead to, and by a CRC of their own; they are made anew
//
// A batch's base offset and leader epoch have no checksum in Kafka's format (a leader writes them behind the producer's back),
// so that nobody can notice when they turn: they are left alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "tests/sim/disk.hpp"

namespace klamm::sim {

struct turned_bit {
  std::string path;
  std::uint64_t byte = 0;
  int bit = 0;
};

/// Turns one in the log that lies in `directory`, mostly in a batch. None where the file that it fell on has nothing to turn.
std::optional<turned_bit> turn_a_bit(disk& on, const std::string& directory, rng& random);

/// Turns one in batches on their way. False where there is none whole.
bool turn_a_bit(std::vector<std::byte>& batches, rng& random);

}  // namespace klamm::sim
