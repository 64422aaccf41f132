// Output whose size is not known beforehand: grows by what is really written, up to a limit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "base/bytes.hpp"

namespace klamm::wire {

class growing_buffer {
 public:
  explicit growing_buffer(std::size_t limit) : limit_(limit) {}

  /// Room behind what was written: at least `wanted` bytes, or what the limit leaves, which is one byte more than it
  /// allows, so that writing too much shows.
  mutable_bytes room(std::size_t wanted) {
    if (capacity_ - size_ < wanted) grow(wanted);
    return {bytes_.get() + size_, capacity_ - size_};
  }
  void wrote(std::size_t count) { size_ += count; }
  void clear() { size_ = 0; }

  std::size_t size() const { return size_; }
  bool over_limit() const { return size_ > limit_; }
  bytes_view written() const { return {bytes_.get(), size_}; }
  /// Hands the memory out. The buffer is empty afterwards.
  buffer_slice take() {
    const bytes_view view = written();
    size_ = capacity_ = 0;
    return {std::exchange(bytes_, nullptr), view};
  }

 private:
  void grow(std::size_t wanted) {
    const auto most = limit_ + 1;
    const auto larger =
        std::min(most, std::max({size_ + std::min(wanted, most - size_), 2 * capacity_, first_size}));
    if (larger <= capacity_) return;
    auto bytes = std::make_shared_for_overwrite<std::byte[]>(larger);
    if (size_) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    capacity_ = larger;
  }

  static constexpr std::size_t first_size = 1024;

  std::size_t limit_;
  std::shared_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace klamm::wire
