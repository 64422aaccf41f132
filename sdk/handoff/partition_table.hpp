// Partitions by their dense slot: found without a lock, never moved, never removed.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>

namespace klamm::handoff {

/// Grows by blocks of 64, 128, 256...: an element, once added, stays where it is. One thread at a time adds.
template <class T>
class partition_table {
 public:
  partition_table() = default;
  partition_table(const partition_table&) = delete;
  partition_table& operator=(const partition_table&) = delete;
  ~partition_table() {
    for (auto& block : blocks_) delete[] block.load();
  }

  std::size_t size() const { return size_.load(std::memory_order_acquire); }

  /// Precondition: below size(), or what add() gave.
  T& operator[](std::size_t index) const {
    const auto at = place_of(index);
    return *blocks_[at.block].load(std::memory_order_acquire)[at.offset];
  }

  std::size_t add(std::unique_ptr<T> element) {
    const auto index = size_.load(std::memory_order_relaxed);
    const auto at = place_of(index);
    auto* block = blocks_[at.block].load(std::memory_order_relaxed);
    if (!block) {
      block = new std::unique_ptr<T>[first_block << at.block];
      blocks_[at.block].store(block, std::memory_order_release);
    }
    block[at.offset] = std::move(element);
    size_.store(index + 1, std::memory_order_release);
    return index;
  }

 private:
  static constexpr std::size_t first_block = 64;
  struct place {
    std::size_t block, offset;
  };
  static place place_of(std::size_t index) {
    const auto number = index / first_block + 1;
    const auto block = static_cast<std::size_t>(std::bit_width(number)) - 1;
    return {block, index - first_block * (std::bit_floor(number) - 1)};
  }

  std::array<std::atomic<std::unique_ptr<T>*>, 26> blocks_{};
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace klamm::handoff
