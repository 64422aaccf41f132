// One batch between its first record and the sender. Internal to the accumulator.
//
//   stage     set by                             lock       what may happen
//   -------   --------------------------------   ---------  ------------------------------------------------
//   open      the appender of its first record   partition  records are appended, under the partition's lock
//   sealing   who closes it: the appender that   partition  its closer alone, without the lock, compresses it
//             filled it, or collect_ready        or the seal executor does
//   ready     who sealed it                      partition  the I/O thread drains it when it comes first
//
//   gone      the I/O thread                     partition  nothing: it was drained, expired or failed. One that was being
//                                                           sealed then is sealed for nobody
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "handoff/batch_state.hpp"
#include "wire/batch_builder.hpp"

namespace klamm::handoff {

enum class stage : std::uint8_t { open, sealing, ready, gone };

struct pending_batch {
  pending_batch(wire::chunk_source* chunks, batch_state* s, client::partition_slot where)
      : builder(chunks), state(s), slot(where) {}

  // Under the partition's lock.
  stage at = stage::open;
  /// Its linger is over: it is to be closed once it comes first.
  bool overdue = false;
  /// Before compression, once it is closed.
  std::size_t plain_size = 0;
  /// The appender's while open, the sealer's while sealing.
  wire::batch_builder builder;
  /// Written by the sealer before `ready`, read only afterwards.
  wire::sealed_batch sealed;
  batch_state* const state;
  const client::partition_slot slot;

  // Set before the batch is shown to the I/O thread.
  time_point opened{};
  std::uint64_t serial = 0;

  /// The I/O thread's own note that the stage is `gone`.
  bool left = false;

  /// No more records: it is the sealer's now. With the partition's lock held.
  void close() {
    at = stage::sealing;
    plain_size = builder.plain_size();
  }
  /// What its records take where they wait. With the partition's lock held.
  std::size_t bytes() const {
    if (at == stage::ready) return sealed.encoded_size();
    return at == stage::open ? builder.plain_size() : plain_size;
  }
};
using pending_ptr = std::shared_ptr<pending_batch>;

struct partition_queue {
  partition_queue(topic_partition tp, client::partition_slot s)
      : at(std::make_shared<const topic_partition>(std::move(tp))), slot(s) {}

  /// Shared with the deliveries, which outlive everything.
  const std::shared_ptr<const topic_partition> at;
  const client::partition_slot slot;

  std::mutex mutex;
  /// In the order in which the batches opened; only the last may be open.
  std::deque<pending_ptr> batches;
  /// How many they are, for those who look without the lock.
  std::atomic<std::size_t> waiting = 0;
  wire::compression_ratio ratio;
  /// What the broker last let a batch be split down to: the topic's limit is not known, only that larger is refused.
  std::size_t largest = SIZE_MAX;
  /// Records ever taken.
  std::uint64_t taken = 0;
  std::optional<error> shut;

  void push(pending_ptr batch) {
    batches.push_back(std::move(batch));
    waiting.store(batches.size(), std::memory_order_relaxed);
  }
  pending_ptr pop() {
    auto first = std::move(batches.front());
    batches.pop_front();
    waiting.store(batches.size(), std::memory_order_relaxed);
    return first;
  }
  pending_batch* open() {
    return !batches.empty() && batches.back()->at == stage::open ? batches.back().get() : nullptr;
  }
  bool front_ready() const { return !batches.empty() && batches.front()->at == stage::ready; }
};

}  // namespace klamm::handoff
