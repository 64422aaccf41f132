// What generated messages hold besides numbers: bytes, records, and tags that this version of Klamm does not
// know.
//
// Strings and bytes of a decoded message are views of the frame that it was decoded from. Record data shares
// the frame's owner, if the reader was given one, so that it may outlive the decoder's caller without a copy.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace klamm::wire {

/// Borrowed bytes, compared by content.
struct bytes_ref : bytes_view {
  using bytes_view::bytes_view;
  constexpr bytes_ref(bytes_view view) : bytes_view(view) {}
  constexpr bytes_ref() = default;

  friend bool operator==(bytes_ref a, bytes_ref b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
};

/// How the wire says whether a nullable struct is there: 1 or -1 in its message's place, 1 or 0 in a tagged field.
enum class presence_form { int8, uvarint };

/// Record batches inside a message: slices that follow each other, written without being copied.
class records_field {
 public:
  records_field() = default;
  records_field(buffer_slice slice) : chain_(std::move(slice)) {}
  records_field(byte_chain chain) : chain_(std::move(chain)) {}

  const byte_chain& chain() const { return chain_; }
  std::span<const buffer_slice> slices() const { return chain_.slices(); }
  std::size_t size() const { return chain_.size(); }
  bool empty() const { return chain_.empty(); }
  /// The bytes in one piece. A decoded field has always one slice, so that nothing is copied; a chain of
  /// several is.
  buffer_slice joined() const {
    if (slices().empty()) return {};
    return slices().size() == 1 ? slices().front() : buffer_slice::own(chain_.flatten());
  }

  friend bool operator==(const records_field& a, const records_field& b) {
    return a.size() == b.size() && bytes_ref(a.joined().view()) == bytes_ref(b.joined().view());
  }

 private:
  byte_chain chain_;
};

/// A tagged field (KIP-482) that the schema does not have: kept, and written back in its place.
struct unknown_tag {
  std::uint32_t tag = 0;
  bytes_ref value;

  bool operator==(const unknown_tag&) const = default;
};
using unknown_tags = std::vector<unknown_tag>;

}  // namespace klamm::wire
