// A fetch queue and the words to script it with.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "handoff/fetch_queue.hpp"
#include "wire/batch_builder.hpp"

namespace klamm::handoff {

inline const topic_partition orders{"orders", partition_id(0)};
inline const topic_partition audit{"audit", partition_id(0)};

/// A batch of records "0", "1"... from `base` on, with their offsets as values.
inline buffer_slice batch_at(std::int64_t base, int count, wire::compression how = {},
                             std::int32_t epoch = 3) {
  wire::batch_builder builder;
  wire::compressor contexts;
  for (int i = 0; i < count; ++i) {
    const auto value = std::to_string(base + i);
    builder.append({.timestamp = timestamp(base + i),
                    .key = std::nullopt,
                    .value = as_bytes_view(value),
                    .headers = {}});
  }
  const auto sealed = builder.seal(how, contexts);
  wire::batch_stamp stamp;
  stamp.base_offset = offset(base);
  stamp.partition_leader_epoch = leader_epoch(epoch);
  return buffer_slice::own(stamped(sealed, stamp).flatten());
}

struct fetch_fixture {
  time_point now{};
  int rooms = 0;
  std::vector<bool> told;
  fetch_queue queue;
  std::map<topic_partition, client::position_epoch> epochs;

  explicit fetch_fixture(fetch_queue_options options = {})
      : queue(with_clock(std::move(options)), {.room_freed = [this] { ++rooms; },
                                               .rebalance = {},
                                               .ready = [this](bool is) { told.push_back(is); }}) {}

  void assign(const topic_partition& at, std::int64_t start = 0) {
    epochs[at] = queue.assigned(at);
    queue.positioned(at, epochs[at], offset(start), leader_epoch(2));
  }
  void deliver(const topic_partition& at, std::vector<buffer_slice> batches, std::int64_t from,
               std::int64_t next) {
    std::size_t bytes = 0, records = 0;
    for (const auto& batch : batches) {
      bytes += batch.size();
      records += static_cast<std::size_t>(wire::batch_view(batch).header().record_count);
    }
    queue.deliver({.at = at,
                   .epoch = epochs[at],
                   .from = offset(from),
                   .next = offset(next),
                   .batches = std::move(batches),
                   .bytes = bytes,
                   .high_watermark = offset(next),
                   .last_stable_offset = offset(next),
                   .log_start = offset(0),
                   .leader_epoch = leader_epoch(3),
                   .records = records});
  }
  /// One batch of `count` records.
  void deliver(const topic_partition& at, std::int64_t from, int count) {
    deliver(at, {batch_at(from, count)}, from, from + count);
  }
  fetch_queue::leases take() {
    auto taken = queue.try_take();
    REQUIRE(taken);
    return *std::move(taken);
  }
  error_code failure() { return queue.try_take().code(); }
  std::int64_t position(const topic_partition& at = orders) const { return queue.position(at).value; }
  std::int64_t settled(const topic_partition& at = orders) const { return committable(at, true); }
  std::int64_t committable(const topic_partition& at = orders, bool settled_only = false) const {
    for (const auto& place : queue.positions(settled_only))
      if (place.at == at) return place.next.value;
    return -1;
  }

 private:
  fetch_queue_options with_clock(fetch_queue_options options) {
    options.clock = [this] { return now; };
    return options;
  }
};

/// Passes `count` records of a lease, or all, and gives back the offsets seen.
inline std::vector<std::int64_t> pass(lease& from, int count = 1'000'000) {
  std::vector<std::int64_t> seen;
  for (; count > 0 && from.current(); --count) {
    seen.push_back(from.current()->offset.value);
    from.pass();
  }
  return seen;
}

using offsets = std::vector<std::int64_t>;

}  // namespace klamm::handoff
