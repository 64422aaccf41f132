// When a segment is full and the next batch begins a new one.
#pragma once

#include "base/ids.hpp"
#include "broker/log/log_types.hpp"

namespace klamm::broker::log {

struct roll_question {
  std::uint64_t segment_size = 0;
  std::size_t batch_size = 0;
  offset segment_base{};
  offset batch_last{};
  timestamp segment_first{};  // the first batch's timestamp; -1: it has none, then its creation counts
  timestamp segment_created{};
  timestamp batch_largest{};
  millis jitter{0};  // of this segment
  bool index_full = false;
  timestamp now{};
};

/// By size, by time between records (by the clock where they carry none), by a full index, and before an offset would
/// not fit in the index's 32 bits.
constexpr bool should_roll(const roll_question& q, const log_options& options) {
  if (q.batch_last - q.segment_base > INT32_MAX) return true;
  if (q.segment_size == 0) return false;
  const auto limit = static_cast<std::uint64_t>(options.segment_bytes);
  if (q.segment_size + q.batch_size > limit || q.index_full) return true;
  const auto waited = q.segment_first.value >= 0 && q.batch_largest.value >= 0
                          ? q.batch_largest - q.segment_first
                          : q.now - q.segment_created;
  return waited > (options.segment_ms - q.jitter).count();
}

/// What a segment must be known by for retention.
struct segment_age {
  offset next;  // behind its last record
  std::uint64_t size = 0;
  timestamp largest;
};

/// Whether the log's first segment may go now: all its records below the high watermark, and the log too large without
/// needing it, or its youngest record too old. `log_size` counts it.
constexpr bool expired(const segment_age& first, std::uint64_t log_size, offset high_watermark, timestamp now,
                       const log_options& options) {
  if (!options.delete_old || first.next > high_watermark) return false;
  const auto limit = options.retention_bytes;
  if (limit >= 0 && log_size - first.size >= static_cast<std::uint64_t>(limit)) return true;
  return options.retention_ms.count() >= 0 && now - first.largest > options.retention_ms.count();
}

}  // namespace klamm::broker::log
