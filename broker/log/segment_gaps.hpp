// Offsets that are missing between the segments of a log: a file was taken away, or is shorter than it was. Each segment begins
// where the one before it ended, unless the log was compacted.
//
// A closed segment's end is looked up where its last index entry leads, a few KiB before the end of the file. One whose index
// cannot be used is passed over: what is wrong with it is found when it is read.
#pragma once

#include <vector>

#include "broker/log/segment_files.hpp"

namespace klamm::broker::log {

/// The offsets [from, to) behind the segment at `base`.
struct segment_gap {
  offset base;
  offset from;
  offset to;
};

using gaps_handler = unique_function<void(const std::vector<segment_gap>&)>;

/// `closed` have a `next` where the segment behind them begins.
void find_gaps(disk_client& disk, segment_files& files, segment_list closed, gaps_handler done);

}  // namespace klamm::broker::log
