// Reads the records of one batch as views: nothing is built, and a compressed body is decompressed once, into
// a buffer that the reader shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/batch_reader.hpp"
#include "wire/compression.hpp"
#include "wire/record.hpp"

namespace klamm::wire {

class record_reader {
 public:
  enum class step { record, malformed, end };

  record_reader() = default;
  /// Opens a batch of any magic, decompressing it when it is compressed. The CRC is the caller's to check.
  /// Fails with unsupported_compression_type for a codec that does not exist, with invalid_record where the
  /// compressed bytes are damaged or hold more than `limit` bytes.
  static result<record_reader> open(const batch_view& batch, compressor& contexts, std::size_t limit);

  /// The next record in offset order. Every length was checked against the bytes that are there. `malformed`,
  /// where they overrun, the count is not what the header said, or bytes are left over, is for ever.
  step next(record_view& out) { return legacy_ ? next_legacy(out) : next_record(out); }

  /// Bytes that the views point into, with their owner: hold it to keep a record beyond this reader.
  const buffer_slice& buffer() const { return buffer_; }

 private:
  step next_record(record_view& out);
  step next_legacy(record_view& out);
  step fail();
  void show(buffer_slice records);
  result<void> open_wrapper(const batch_view& batch, compressor& contexts, std::size_t limit);

  buffer_slice buffer_;
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  batch_header header_;
  std::int32_t left_ = 0;      // records that are still to come, by the header
  std::int64_t relative_ = 0;  // legacy: what is added to an inner offset
  bool legacy_ = false;
};

}  // namespace klamm::wire
