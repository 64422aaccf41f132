// One segment of a log: its place among the offsets, its files, its index.
//
//   kind     index                                           files open
//   ------   ---------------------------------------------   -----------------------------------------------------
//   active   whole, in memory; on disk when it closes        .log for writing; a second time for reading, see below
//   closed   none until somebody asks, then a thin one       .log for reading when asked, while it is among open_readers
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/log/disk_port.hpp"
#include "broker/log/log_types.hpp"
#include "broker/log/open_readers.hpp"
#include "broker/log/segment_index.hpp"
#include "wire/batch_header.hpp"

namespace klamm::broker::log {

struct segment {
  explicit segment(offset first) : base(first), next(first) {}

  offset base;
  offset next;                // behind the last record
  std::uint64_t size = 0;     // of its batches, those that the disk has not taken yet included
  std::uint64_t written = 0;  // what the disk has taken
  std::uint64_t flushed = 0;  // what is synced
  timestamp first_timestamp;
  timestamp created;
  millis jitter{0};
  std::optional<segment_index> index;
  bool index_on_disk = false;
  std::vector<aborted_transaction> aborted;  // whose markers lie here
  std::unique_ptr<disk_file> writing;
  reader_slot reading;
  byte_chain unwritten;      // the bytes [written, size), less what is being written
  int readers = 0;           // reads and scans that are under way
  bool damage_told = false;  // the operator knows

  /// Follows a batch that the index has already.
  void skip(const wire::batch_header& batch) {
    size += batch.total_size();
    next = batch.next_offset();
  }
  /// Follows a batch that was appended or found behind the others.
  void note(const wire::batch_header& batch, std::int32_t index_interval) {
    if (size == 0) first_timestamp = batch.max_timestamp;
    index->note_batch(batch.last_offset(), static_cast<std::uint32_t>(size), batch.total_size(),
                      batch.max_timestamp, index_interval);
    size += batch.total_size();
    next = batch.next_offset();
  }
};

using segment_ptr = std::shared_ptr<segment>;

/// In the order of their offsets; never empty once the log is open. The last one is active.
using segment_list = std::vector<segment_ptr>;

/// The segment whose range holds `at`: the last whose base is not above it. Precondition: there is one.
segment_list::const_iterator segment_of(const segment_list& segments, offset at);

/// Held while a segment is read: its files are not removed meanwhile.
class segment_lease {
 public:
  explicit segment_lease(segment_ptr of) : of_(std::move(of)) { ++of_->readers; }
  segment_lease(segment_lease&&) noexcept = default;
  segment_lease& operator=(segment_lease&& other) noexcept {
    std::swap(of_, other.of_);
    return *this;
  }
  ~segment_lease() {
    if (of_) --of_->readers;
  }
  segment& operator*() const { return *of_; }
  segment* operator->() const { return of_.get(); }
  const segment_ptr& get() const { return of_; }

 private:
  segment_ptr of_;
};

}  // namespace klamm::broker::log
