// Builds the body of a record batch: each record is encoded straight into the bytes that will be sent.
//
// The body grows in chunks of 1, 4, 16 and then 64 KiB, so that a partition with little to say holds little
// memory. A record may lie across chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "wire/record.hpp"
#include "wire/sealed_batch.hpp"

namespace klamm::wire {

/// Where builders get their memory. What is given back when the last share goes may be used again.
class chunk_source {
 public:
  virtual ~chunk_source() = default;
  virtual std::shared_ptr<std::byte[]> take(std::size_t size) = 0;
};

/// The bytes that compressing is expected to leave of each plain byte, learnt from the batches before. In
/// 1/65536.
class compression_ratio {
 public:
  std::size_t of(std::size_t plain) const { return (plain * parts_ >> 16) + 1; }
  /// Follows a better ratio slowly and a worse one at once, since a batch that comes out too large costs a
  /// round trip.
  void observe(std::size_t plain, std::size_t compressed);

 private:
  std::uint64_t parts_ = 1 << 16;
};

/// How many bytes a record takes: in all, and behind its length field, which says this number.
struct record_length {
  std::size_t whole = 0;
  std::size_t behind = 0;
};

class batch_builder {
 public:
  /// With no source, chunks come from the heap.
  explicit batch_builder(chunk_source* source = nullptr) : source_(source) {}

  bool empty() const { return count_ == 0; }
  std::int32_t record_count() const { return count_; }
  /// Encoded bytes so far, without the batch's header.
  std::size_t plain_size() const { return plain_size_; }
  /// Memory held by the chunks.
  std::size_t allocated() const { return allocated_; }

  /// What the record will take as the next of this batch. Above max_record_size it cannot be appended.
  record_length length_of(const record_ref& record) const;
  /// The memory that appending `size` bytes will add: what a byte budget is charged first.
  std::size_t growth_for(std::size_t size) const { return size <= room() ? 0 : growth_by_chunks(size); }

  /// Precondition: `length` is what length_of(record) said.
  void append(const record_ref& record, const record_length& length);
  void append(const record_ref& record) { append(record, length_of(record)); }

  /// The offset delta of the next record, where compaction has left a gap before it. Precondition: not behind.
  void skip_to(std::int32_t offset_delta);
  /// What timestamp deltas count from, if not the first record's timestamp. Precondition: empty.
  void count_time_from(timestamp base) { fixed_base_ = base; }

  /// Compresses, unless that makes it larger. The builder is empty afterwards. Precondition: not empty.
  sealed_batch seal(const compression& how, compressor& contexts);

  static constexpr std::size_t max_record_size = std::size_t{1} << 30;

 private:
  struct chunk {
    std::shared_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };
  class chunk_writer;

  timestamp base_for(const record_ref& record) const;
  std::size_t room() const { return static_cast<std::size_t>(end_ - at_); }
  std::size_t growth_by_chunks(std::size_t size) const;
  static std::size_t next_chunk_size(std::size_t chunks);
  void grow();
  void append_across(const record_ref& record, const record_length& length, std::int64_t timestamp_delta);

  chunk_source* source_;
  std::vector<chunk> chunks_;
  std::byte* at_ = nullptr;   // where the next byte goes
  std::byte* end_ = nullptr;  // of the last chunk
  std::size_t plain_size_ = 0;
  std::size_t allocated_ = 0;
  std::int32_t count_ = 0;
  std::int32_t next_delta_ = 0;
  std::optional<timestamp> fixed_base_;
  timestamp base_timestamp_;
  timestamp max_timestamp_;
};

}  // namespace klamm::wire
