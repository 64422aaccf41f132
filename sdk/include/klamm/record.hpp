// Records: what send takes (RecordRef), what an application keeps (Record, SharedRecord), and what a loop
// sees (RecordView).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <klamm/detail/shared.hpp>
#include <klamm/headers.hpp>
#include <klamm/types.hpp>

namespace klamm {
inline namespace v1 {

/// A record for `send`: built in the call and copied by the call, it borrows everything.
struct RecordRef {
  std::string_view topic{};
  BytesView key{};    ///< null: no key
  BytesView value{};  ///< null: a tombstone, which deletes the key where the topic is compacted
  HeadersRef headers{};
  Partition partition{};  ///< unset: the partitioner's choice
  std::optional<Timestamp>
      timestamp{};  ///< unset: now, as of the last tick of the coarse clock (some ms ago)
};
static_assert(std::is_trivially_destructible_v<RecordRef>);

/// A record that owns its bytes.
class Record {
 public:
  KLAMM_API explicit Record(const RecordRef& from);
  KLAMM_API operator RecordRef() const KLAMM_BORROWS;

  std::string topic;
  std::optional<std::string> key, value;
  Headers headers;
  Partition partition;
  Offset offset;                    ///< -1 unless it was consumed
  Timestamp timestamp{Millis(-1)};  ///< -1 ms: none; `send` then says now
};

namespace detail {
/// What a consumed record consists of. Fields are only ever added at the end.
struct RecordFields {
  std::string_view topic{};
  BytesView key{};
  BytesView value{};
  HeadersView headers{};
  Offset offset{};
  Timestamp timestamp{};
  Partition partition{};
  std::int32_t leader_epoch = -1;
  const void* frame = nullptr;  // what keeps the bytes alive
};

struct KeptRecord;
KLAMM_API void retain(const KeptRecord*) noexcept;
KLAMM_API void release(const KeptRecord*) noexcept;
KLAMM_API const RecordFields& fields(const KeptRecord&) noexcept;
}  // namespace detail

/// A consumed record that outlives everything: it keeps the fetched frame (or its decompressed batch) alive,
/// and copies of it share. Held bytes no longer count in ConsumerOptions::prefetch. Thread-safe.
class SharedRecord {
 public:
  explicit SharedRecord(detail::Shared<const detail::KeptRecord> kept) noexcept : kept_(std::move(kept)) {}

  std::string_view topic() const noexcept { return fields().topic; }
  Partition partition() const noexcept { return fields().partition; }
  Offset offset() const noexcept { return fields().offset; }
  Timestamp timestamp() const noexcept { return fields().timestamp; }
  std::int32_t leader_epoch() const noexcept { return fields().leader_epoch; }
  BytesView key() const noexcept KLAMM_BORROWS { return fields().key; }
  BytesView value() const noexcept KLAMM_BORROWS { return fields().value; }
  HeadersView headers() const noexcept KLAMM_BORROWS { return fields().headers; }
  KLAMM_API Record to_record() const;

 private:
  const detail::RecordFields& fields() const noexcept { return detail::fields(*kept_); }
  detail::Shared<const detail::KeptRecord> kept_;
};

/// One record in the body of a loop. It cannot be copied, moved or stored, because it changes with the next
/// `++`: `keep()` shares the bytes, `to_record()` copies them. A string_view or BytesView taken out of it
/// is good until the loop goes on: behind the last record of a compressed batch what it was decompressed into is let go of.
class RecordView {
 public:
  RecordView(const RecordView&) =
      delete /* use keep() or to_record() to hold a record beyond the loop body */;
  RecordView& operator=(const RecordView&) = delete /* use keep() or to_record() */;

  KLAMM_API Record to_record() const;
  /// Copies nothing: the record's frame stays alive as long as the SharedRecord.
  KLAMM_API SharedRecord keep() const;

  std::string_view topic() const noexcept KLAMM_BORROWS { return fields_->topic; }
  Partition partition() const noexcept { return fields_->partition; }
  Offset offset() const noexcept { return fields_->offset; }
  /// When it was created, or appended to the log, as the topic's `message.timestamp.type` says.
  Timestamp timestamp() const noexcept { return fields_->timestamp; }
  std::int32_t leader_epoch() const noexcept { return fields_->leader_epoch; }
  BytesView key() const noexcept KLAMM_BORROWS { return fields_->key; }
  BytesView value() const noexcept KLAMM_BORROWS { return fields_->value; }
  HeadersView headers() const noexcept KLAMM_BORROWS { return fields_->headers; }

 private:
  template <class>
  friend class Range;
  explicit RecordView(const detail::RecordFields& fields) noexcept : fields_(&fields) {}
  const detail::RecordFields* fields_;
};

/// The place after `record`, for Consumer::commit: nobody writes + 1.
KLAMM_API TopicPartitionOffset after(const RecordView& record);
KLAMM_API TopicPartitionOffset after(const SharedRecord& record);

}  // namespace v1
}  // namespace klamm
