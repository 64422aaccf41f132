// One record: what is given to a builder, and what a reader shows. Both borrow their bytes.
//
// A record of magic 2, all lengths and deltas zigzag varints:
//
//   length of what follows | attributes int8, 0 | timestamp delta (64 bits) | offset delta
//   key length, -1: null | key | value length, -1: null | value
//   header count | for each: key length | key (UTF-8) | value length, -1: null | value
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace klamm::wire {

/// Null (a tombstone, no key) is not empty.
using nullable_bytes = std::optional<bytes_view>;

struct header_ref {
  std::string_view key;
  nullable_bytes value;
};

/// A record to encode.
struct record_ref {
  klamm::timestamp timestamp;
  nullable_bytes key;
  nullable_bytes value;
  std::span<const header_ref> headers;
};

/// The headers of a record that was read, decoded as they are walked. They were checked when the record was
/// read.
class header_views {
 public:
  class iterator {
   public:
    using value_type = header_ref;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    iterator(bytes_view rest, std::int32_t left) : rest_(rest), left_(left) { read(); }
    const header_ref& operator*() const { return current_; }
    const header_ref* operator->() const { return &current_; }
    iterator& operator++() { return --left_, read(), *this; }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return left_ == 0; }

   private:
    void read();

    bytes_view rest_;
    std::int32_t left_ = 0;
    header_ref current_;
  };

  header_views() = default;
  /// Precondition: `bytes` begin with `count` whole headers.
  header_views(bytes_view bytes, std::int32_t count) : bytes_(bytes), count_(count) {}

  std::size_t size() const { return static_cast<std::size_t>(count_); }
  /// Where the first header begins, as it is encoded.
  const std::byte* data() const { return bytes_.data(); }
  bool empty() const { return count_ == 0; }
  iterator begin() const { return {bytes_, count_}; }
  std::default_sentinel_t end() const { return {}; }

 private:
  bytes_view bytes_;
  std::int32_t count_ = 0;
};

/// A record that was read. Its bytes live as long as the reader that showed it, or what that reader's
/// buffer() shares.
struct record_view {
  klamm::offset offset;
  klamm::timestamp timestamp;
  nullable_bytes key;
  nullable_bytes value;
  header_views headers;
};

}  // namespace klamm::wire
