// Where a segment's offsets and timestamps lie: `.index` and `.timeindex`.
//
//   .index      entries of 8 bytes: last offset of a batch - base (int32) | the batch's position in the .log (int32)
//   .timeindex  entries of 12 bytes: largest timestamp so far (int64) | last offset of the batch that has it - base (int32)
//
// An entry is made for the first batch that begins more than index.interval.bytes behind the last entry's. Both rise
// strictly; a last time entry is added when the segment closes. Neither is needed to recover: they are made from the log.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace klamm::broker::log {

class segment_index {
 public:
  struct position_entry {
    std::uint32_t relative = 0;
    std::uint32_t position = 0;
  };
  /// In `.index`. Precondition: so many bytes.
  static constexpr std::size_t position_entry_size = 8;
  static position_entry read_position(bytes_view entry);
  struct time_entry {
    timestamp largest;
    std::uint32_t relative = 0;
  };

  explicit segment_index(offset base) : base_(base) {}

  /// Notes a batch that ends at `last` and lies at `position`. Precondition: both rise, within int32 of the base.
  void note_batch(offset last, std::uint32_t position, std::size_t size, timestamp largest,
                  std::int32_t interval);
  /// The last time entry, when nothing more will come.
  void finish();

  /// An entry at or before the batch that holds `at`. The default entry, the segment's first byte, holds no offset to check.
  struct found {
    offset last;  // of the batch at `position`; -1: the segment's first batch
    std::uint32_t position = 0;
  };
  found find(offset at) const;
  /// An offset at or before the first batch with a timestamp of at least `at`: where a scan for it starts.
  offset scan_start(timestamp at) const;

  timestamp largest_timestamp() const { return largest_; }
  /// The first that is noted, about that of the first batch; -1 if none is.
  timestamp first_timestamp() const { return times_.empty() ? timestamp() : times_.front().largest; }
  /// Whether the batch that ends at `last` is before or at the last position entry.
  bool covers(offset last) const { return !positions_.empty() && last <= base_ + positions_.back().relative; }
  offset offset_of_largest() const { return largest_at_; }
  /// Whether another entry would exceed a file of so many bytes.
  bool full(std::int32_t max_bytes) const;
  bool has_room_for(offset last) const { return last - base_ <= INT32_MAX; }

  /// Drops what is at or behind `to`.
  void truncate_to(offset to);
  /// Keeps one entry for each `stride` bytes of log: enough for a closed segment, whose whole index is on disk.
  void thin(std::uint32_t stride);

  std::vector<std::byte> encode_positions() const;
  std::vector<std::byte> encode_times() const;
  /// Null unless both are whole, rise, and stay within a log of `log_size` bytes and the offsets below `next`.
  static std::optional<segment_index> decode(offset base, offset next, std::uint64_t log_size,
                                             bytes_view positions, bytes_view times);

 private:
  void note_time();

  offset base_;
  std::vector<position_entry> positions_;
  std::vector<time_entry> times_;
  timestamp largest_;
  offset largest_at_;
  std::uint64_t since_entry_ = 0;
};

}  // namespace klamm::broker::log
