// What a broker may hold at most, looked at after each of its events.
//
//   held                                  at most
//   -----------------------------------   ----------------------------------------------------------------------------
//   answers that nobody has read          queued.max.response.bytes, and one batch of each connection
//   what has come of large requests       queued.max.request.bytes, and one read of each connection
//   the newest batches in memory          their budget, and what the disk has not taken yet
//   open files                            one of each segment that is not synced, those that readers may keep, those that
//                                         are being replaced, and a few of the metadata's
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "broker/node/node.hpp"
#include "tests/sim/disk.hpp"

namespace klamm::sim {

/// What is beyond its bound, where readers may keep so many files open.
std::optional<std::string> beyond_bounds(broker::node::node& of, const disk& on, std::size_t readers);

}  // namespace klamm::sim
