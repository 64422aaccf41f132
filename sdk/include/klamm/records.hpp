// What a poll hands out: Records, to be iterated record by record, partition by partition, or batch by batch.
//
// Iterating is processing. A partition's *position* is its first record that a loop has not passed; it moves
// in `++`, after the loop's body. A break or a throw in the body leaves the current record unprocessed. While
// a partition's records are here, no other poll hands out records of that partition; when the Records object
// dies, what was not passed goes back and comes again.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>

#include <klamm/record.hpp>

namespace klamm {
inline namespace v1 {

class Records;
class PartitionRecords;
class RecordBatch;

namespace detail {

struct Run;
/// A place in what a poll handed out: all of it, one partition, or one batch.
using RunPtr = std::unique_ptr<Run, Destroy>;
KLAMM_API void destroy(Run*) noexcept;
/// The record that the run stands at, or null at its end.
KLAMM_API const RecordFields* current_record(Run&) noexcept;
/// Passes the current record and returns the next.
KLAMM_API const RecordFields* next_record(Run&) noexcept;
/// The current part (partition or batch) as a run of its own; `null` at the end.
KLAMM_API RunPtr current_part(const Run&);
KLAMM_API bool next_part(Run&) noexcept;
KLAMM_API bool has_part(const Run&) noexcept;

}  // namespace detail

/// The partitions of a poll's records, or the batches of a partition's: each is an owner of its own.
template <class T>
class Range {
 public:
  class iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    T operator*() const { return T(detail::current_part(*run_)); }
    iterator& operator++() noexcept { return detail::next_part(*run_), *this; }
    void operator++(int) noexcept { detail::next_part(*run_); }
    bool operator==(std::default_sentinel_t) const noexcept { return !detail::has_part(*run_); }

   private:
    friend class Range;
    explicit iterator(detail::Run* run) noexcept : run_(run) {}
    detail::Run* run_;
  };

  explicit Range(detail::RunPtr run) noexcept : run_(std::move(run)) {}
  iterator begin() const& noexcept { return iterator(run_.get()); }
  iterator begin() && =
      delete /* name the range, or write it into the for loop: it owns what its items show */;
  std::default_sentinel_t end() const noexcept { return {}; }
  bool empty() const noexcept { return !detail::has_part(*run_); }

 private:
  detail::RunPtr run_;
};

/// Records, decoded one by one. Iteration never throws: a batch that cannot be read ends its partition's run,
/// the position stays before it, and the next poll throws and names it.
template <>
class Range<RecordView> {
 public:
  class iterator {
   public:
    using value_type = RecordView;
    using difference_type = std::ptrdiff_t;
    RecordView operator*() const noexcept { return RecordView(*current_); }
    iterator& operator++() noexcept { return current_ = detail::next_record(*run_), *this; }
    void operator++(int) noexcept { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return !current_; }

   private:
    friend class Range;
    explicit iterator(detail::Run* run) noexcept
        : run_(run), current_(run ? detail::current_record(*run) : nullptr) {}
    detail::Run* run_;
    const detail::RecordFields* current_;
  };

  /// The first record that was not passed yet.
  iterator begin() const& noexcept { return iterator(run_.get()); }
  iterator begin() && =
      delete /* name the range, or write it into the for loop: it owns what its items show */;
  std::default_sentinel_t end() const noexcept { return {}; }
  /// Whether nothing is left to pass.
  bool empty() const noexcept { return !run_ || !detail::current_record(*run_); }

 protected:
  Range() noexcept = default;
  explicit Range(detail::RunPtr run) noexcept : run_(std::move(run)) {}
  detail::RunPtr run_;
};

/// What a poll handed out; it owns the frames. No size(): records are decoded as the loop reaches them. What is left of a partition
/// is not handed out any more once that was taken away or sought elsewhere, and nothing once the consumer is closed or destroyed.
class Records : public Range<RecordView> {
 public:
  /// None.
  Records() noexcept = default;
  explicit Records(detail::RunPtr run) noexcept : Range(std::move(run)) {}

  /// The same records by partition. Ranges made of this one share its positions, and own the frames as well.
  KLAMM_API Range<PartitionRecords> by_partition() const;
  /// Passes all that is left, as if a loop had processed it.
  KLAMM_API void done() noexcept;
};
static_assert(sizeof(Records) == sizeof(void*));

/// The records of one partition.
class PartitionRecords : public Records {
 public:
  using Records::Records;
  KLAMM_API const TopicPartition& partition() const noexcept;
  /// The offset below which the partition was replicated when these records were fetched.
  KLAMM_API Offset high_watermark() const noexcept;
  KLAMM_API Range<RecordBatch> by_batch() const;
};

/// One batch, as its producer made it: for columns and mirroring.
class RecordBatch : public Records {
 public:
  using Records::Records;
  /// How many records the batch's header announces; compaction may have left fewer. 1 in the formats before Kafka 0.11,
  /// whose header does not say.
  KLAMM_API std::size_t count() const noexcept;
  KLAMM_API Offset base_offset() const noexcept;
  /// The batch in Kafka's record format, header and compression included.
  KLAMM_API BytesView encoded() const noexcept KLAMM_BORROWS;
};

}  // namespace v1
}  // namespace klamm
