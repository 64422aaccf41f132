// Which slot each partition of one topic has: asked for each record, so without a lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "client/batch_source.hpp"

namespace klamm::handoff {

class partition_slots {
 public:
  /// Below 0: not kept yet.
  client::partition_slot find(partition_id id) const {
    const auto* const slots = current_.load(std::memory_order_acquire);
    const auto at = static_cast<std::size_t>(id.value);
    if (!slots || at >= slots->size()) return {};
    return client::partition_slot((*slots)[at].load(std::memory_order_acquire) - 1);
  }

  /// `partitions`: how many the topic has, `id` among them.
  void keep(partition_id id, client::partition_slot slot, std::size_t partitions) {
    const std::lock_guard lock(keeping_);
    if (lists_.empty() || lists_.back()->size() < partitions) grow(partitions);
    (*lists_.back())[static_cast<std::size_t>(id.value)].store(slot.value + 1, std::memory_order_release);
  }

 private:
  using list = std::vector<std::atomic<std::int32_t>>;  // slots counted from 1; 0: none

  /// The list before stays: somebody may look into it. What it misses is asked for again.
  void grow(std::size_t partitions) {
    auto fresh = std::make_unique<list>(partitions);
    for (std::size_t i = 0; !lists_.empty() && i < lists_.back()->size(); ++i)
      (*fresh)[i].store((*lists_.back())[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
    current_.store(fresh.get(), std::memory_order_release);
    lists_.push_back(std::move(fresh));
  }

  std::atomic<const list*> current_ = nullptr;
  std::mutex keeping_;
  std::vector<std::unique_ptr<list>> lists_;
};

}  // namespace klamm::handoff
