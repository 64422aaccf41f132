// What a producer keeps for each topic that it sends to, so that a record finds its batch without a lock, a lookup in the
// metadata, or a string made.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "api/partitioning.hpp"
#include "handoff/partition_slots.hpp"
#include "handoff/snapshot_board.hpp"

namespace klamm::api {

class topic_line {
 public:
  topic_line(const Partitioner& how, std::size_t batch_size, std::uint64_t seed)
      : partitions(how, batch_size, seed) {}

  /// The topic as the board shows it now; its partitions are counted once for each snapshot. None, where it is not known or not
  /// to be used: then the metadata say more.
  topic_glance glance(const handoff::snapshot_board& board, std::string_view name) {
    const auto newest = board.version();
    if (counted_in_.load(std::memory_order_acquire) != newest) count(board, name, newest);
    return {board, name, newest, count_.load(std::memory_order_relaxed)};
  }

  partitioning partitions;
  handoff::partition_slots slots;

 private:
  void count(const handoff::snapshot_board& board, std::string_view name, std::uint64_t newest) {
    const std::lock_guard lock(counting_);
    if (counted_in_.load(std::memory_order_relaxed) >= newest) return;
    const auto view = board.find(name);
    const bool usable = view && view->error == error_code::none;
    count_.store(usable ? view->partitions.size() : 0, std::memory_order_relaxed);
    counted_in_.store(newest, std::memory_order_release);
  }

  std::mutex counting_;
  std::atomic<std::uint64_t> counted_in_ = 0;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace klamm::api
