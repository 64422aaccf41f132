// Bytes without copies: views, reference-counted slices, and chains of slices for scatter-gather writes.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace klamm {

using bytes_view = std::span<const std::byte>;
using mutable_bytes = std::span<std::byte>;

inline bytes_view as_bytes_view(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(bytes_view bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A view of bytes together with a share in whatever keeps them alive. Copying it copies no bytes.
class buffer_slice {
 public:
  buffer_slice() = default;
  buffer_slice(std::shared_ptr<const void> owner, bytes_view bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}

  /// Bytes that somebody else keeps alive for as long as this slice is used.
  static buffer_slice borrow(bytes_view bytes) { return {nullptr, bytes}; }
  static buffer_slice copy(bytes_view bytes) { return own({bytes.begin(), bytes.end()}); }
  static buffer_slice own(std::vector<std::byte> bytes) {
    auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    const bytes_view view(*owner);
    return {std::move(owner), view};
  }

  bytes_view view() const { return bytes_; }
  const std::byte* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  const std::shared_ptr<const void>& owner() const { return owner_; }

  /// The part [from, from + count), sharing the owner. Precondition: it lies inside.
  buffer_slice part(std::size_t from, std::size_t count) const {
    return {owner_, bytes_.subspan(from, count)};
  }

 private:
  std::shared_ptr<const void> owner_;
  bytes_view bytes_;
};

/// Slices that follow each other on the wire or on disk.
class byte_chain {
 public:
  byte_chain() = default;
  explicit byte_chain(buffer_slice slice) { append(std::move(slice)); }

  void append(buffer_slice slice) {
    if (slice.empty()) return;
    size_ += slice.size();
    slices_.push_back(std::move(slice));
  }
  void append(const byte_chain& other) {
    for (const auto& slice : other.slices_) append(slice);
  }

  std::span<const buffer_slice> slices() const { return slices_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Copies all bytes to `to`, which has room for size().
  void copy_to(std::byte* to) const {
    for (const auto& slice : slices_) {
      std::memcpy(to, slice.data(), slice.size());
      to += slice.size();
    }
  }
  std::vector<std::byte> flatten() const {
    std::vector<std::byte> all(size_);
    copy_to(all.data());
    return all;
  }

 private:
  std::vector<buffer_slice> slices_;
  std::size_t size_ = 0;
};

}  // namespace klamm
