// What became of the records of one batch: written by the I/O thread once, read by whoever holds a delivery.
//
// Life. While the batch is open, each delivery handed out is counted by a plain number under the partition's lock; giving
// one back is one atomic subtraction from a count that starts out huge. When the batch resolves, the two are settled, and
// whoever brings the count to zero destroys the state.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "client/batch_source.hpp"

namespace klamm::handoff {

class accumulator_host;

/// The outcome of one record. Without a failure: where it was stored.
struct record_outcome {
  const topic_partition& at;
  /// -1 where the broker did not say.
  klamm::offset offset;
  /// The broker's if the topic is stamped by it, else the record's.
  klamm::timestamp timestamp;
  const error* failure = nullptr;
};

/// Called once, where the host says.
using record_callback = unique_function<void(const record_outcome&)>;

class batch_state {
 public:
  batch_state(std::shared_ptr<const topic_partition> at, client::partition_slot slot,
              std::weak_ptr<accumulator_host> host)
      : at_(std::move(at)), slot_(slot), host_(std::move(host)) {
    timestamps_.reserve(few_records);
  }
  batch_state(const batch_state&) = delete;
  batch_state& operator=(const batch_state&) = delete;

  // The appender, under the partition's lock, while the batch is open.

  /// Counts a record and a delivery for it, whose index it gives.
  std::uint32_t hand_out(timestamp of_record, record_callback&& done) {
    const auto index = record_count();
    timestamps_.push_back(of_record);
    if (done) keep(index, std::move(done));
    return index;
  }

  // The thread that resolves, after the batch has closed.

  /// Sets the outcome of `count` records from `first` on; once for each record. True when this was the last part.
  bool resolve(std::uint32_t first, std::uint32_t count, klamm::offset base, timestamp log_append_time);
  bool resolve(std::uint32_t first, std::uint32_t count, const error& why);
  /// Gives up the accumulator's own share, after which only deliveries keep the state. Called once.
  void settle();

  // Anybody who holds a delivery.

  const topic_partition& at() const { return *at_; }
  const std::shared_ptr<const topic_partition>& shared_at() const { return at_; }
  /// Whoever the batch was collected for; null once it is gone, and with it everything open.
  std::shared_ptr<accumulator_host> host() const { return host_.lock(); }
  client::partition_slot slot() const { return slot_; }
  /// Counts the batches of one accumulator in the order of opening.
  std::uint64_t serial() const { return serial_; }
  void set_serial(std::uint64_t serial) { serial_ = serial; }
  bool resolved() const { return resolved_.load(std::memory_order_acquire); }
  /// Returns when the batch is resolved. delivery_timeout bounds it. Asleep at once: std::atomic's own wait yields first, and
  /// the I/O thread, with somebody beside it who can run, then finds the next processor for whom it wakes.
  void wait() const {
    std::unique_lock lock(waiting_);
    come_.wait(lock, [this] { return resolved_.load(std::memory_order_relaxed); });
  }
  /// Calls `done` with the record's outcome where callbacks run. False, and `done` is left alone: it is resolved already.
  bool when_resolved(std::uint32_t index, record_callback& done);
  /// Precondition: resolved().
  record_outcome outcome(std::uint32_t index) const;
  std::uint32_t record_count() const { return static_cast<std::uint32_t>(timestamps_.size()); }
  /// Records that failed, and the first error among them. Precondition: resolved().
  std::pair<std::uint32_t, const error*> failures() const;

  // Who runs callbacks, once, after the batch was resolved.

  bool has_callbacks() const { return !callbacks_.empty() || !waiters_.empty(); }
  /// Where one throws, the next call goes on behind it.
  void run_callbacks();

  void retain() { shares_.fetch_add(1, std::memory_order_relaxed); }
  void release();

 private:
  // Records from `first` to the next part's; several where the batch was split.
  struct part {
    std::uint32_t first = 0, count = 0;
    klamm::offset base;
    timestamp log_append_time;
    std::unique_ptr<error> failure;
  };
  static constexpr std::size_t few_records = 32;
  static constexpr std::int64_t open_shares = std::int64_t{1} << 40;

  using callback_list = std::vector<std::pair<std::uint32_t, record_callback>>;

  void keep(std::uint32_t index, record_callback&& done);
  bool add(part p);

  const std::shared_ptr<const topic_partition> at_;
  const client::partition_slot slot_;
  const std::weak_ptr<accumulator_host> host_;
  std::atomic<std::int64_t> shares_ = open_shares;
  std::atomic<bool> resolved_ = false;
  std::uint64_t serial_ = 0;
  std::vector<timestamp> timestamps_;  // of each record: they count what was handed out
  callback_list callbacks_;
  std::vector<part> parts_;
  std::uint32_t resolved_records_ = 0;  // of all parts
  mutable std::mutex waiting_;          // of waiters_, until it is resolved
  mutable std::condition_variable come_;
  callback_list waiters_;
  std::size_t called_ = 0;  // of both lists
};

/// A share in a batch's state.
class state_share {
 public:
  state_share() = default;
  /// Takes over a share that was counted before.
  static state_share adopt(batch_state* counted) { return state_share(counted); }
  static state_share another(batch_state& state) { return state.retain(), state_share(&state); }

  state_share(const state_share& other) : state_(other.state_) {
    if (state_) state_->retain();
  }
  state_share(state_share&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  state_share& operator=(state_share other) noexcept { return std::swap(state_, other.state_), *this; }
  ~state_share() {
    if (state_) state_->release();
  }

  batch_state* get() const { return state_; }
  batch_state* operator->() const { return state_; }
  batch_state& operator*() const { return *state_; }
  explicit operator bool() const { return state_ != nullptr; }
  /// Gives the counted share away.
  batch_state* detach() { return std::exchange(state_, nullptr); }

 private:
  explicit state_share(batch_state* counted) : state_(counted) {}

  batch_state* state_ = nullptr;
};

/// The outcome of one record, to come.
struct delivery {
  state_share batch;
  std::uint32_t index = 0;

  record_outcome outcome() const { return batch->outcome(index); }
};
static_assert(sizeof(delivery) == 2 * sizeof(void*));

}  // namespace klamm::handoff
