// Walks the batches in a run of bytes, such as the records of a Fetch response or a part of a segment.
//
//   in the bytes                                       next() gives
//   ------------------------------------------------   ---------------------------------------------------
//   a batch of magic 2                                 batch, its header parsed, nothing checked but its length
//   a message of magic 0 or 1                          batch: one entry, or one wrapper with its inner messages
//   less than the length says, or less than 17 bytes   partial: the broker cut it at its size limit; not an error
//   a length no batch can have, magic beyond 2         malformed
//   nothing                                            end
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.hpp"
#include "wire/batch_header.hpp"

namespace klamm::wire {

/// One batch of magic 2, or one message (perhaps a wrapper) of magic 0 or 1. Shares the buffer it lies in.
class batch_view {
 public:
  batch_view() = default;
  /// Precondition: `bytes` is one whole batch, as batch_reader makes sure of.
  explicit batch_view(buffer_slice bytes);

  const buffer_slice& bytes() const { return bytes_; }
  std::int8_t magic() const { return header_.magic; }
  bool legacy() const { return header_.magic < 2; }
  /// For magic 0 and 1: base offset (of a wrapper: its last record's), length, magic, CRC and codec; the
  /// timestamp of magic 1 twice; the rest as if there were no producer.
  const batch_header& header() const { return header_; }
  batch_attributes attributes() const { return header_.attributes; }

  klamm::offset base_offset() const { return header_.base_offset; }
  klamm::offset last_offset() const { return header_.last_offset(); }
  klamm::offset next_offset() const { return header_.next_offset(); }

  bool crc_valid() const;
  /// The records of magic 2 as they lie there, perhaps compressed.
  buffer_slice body() const { return bytes_.part(batch_header_size, bytes_.size() - batch_header_size); }

 private:
  buffer_slice bytes_;
  batch_header header_;
};

class batch_reader {
 public:
  enum class step { batch, partial, malformed, end };

  explicit batch_reader(buffer_slice bytes) : rest_(std::move(bytes)) {}

  /// Moves on to the next batch. After anything but `batch` it stays there.
  step next(batch_view& out);
  /// What was not walked yet: after `partial` the unfinished batch.
  const buffer_slice& rest() const { return rest_; }

 private:
  buffer_slice rest_;
};

}  // namespace klamm::wire
