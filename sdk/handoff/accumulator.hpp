// Where application threads put records and the I/O thread finds batches.
//
//   application threads                               I/O thread (the sender machine, by batch_source)
//   -----------------------------------------------   ------------------------------------------------------------
//   append: into the partition's open batch           collect_ready: closes what lingered long enough, or is under
//     a new batch takes the next slot of the order      a flush, or while somebody waits for memory, once it comes first
//     the batch it filled: closed, and compressed     drain: the first batch of the order, once it is ready
//     by this very thread                             acknowledged, failed, split: resolve
//   flush, wait for deliveries                        expire, fail, shut
//
// Locks, in this order: a partition's, the schedule's, the progress's. None is held while compressing or waiting for
// memory. Woken is the I/O thread only for a ready batch, or for a deadline earlier than the one it sleeps to (idle to
// busy included), and once until it comes.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/faults.hpp"
#include "client/batch_source.hpp"
#include "handoff/chunk_pool.hpp"
#include "handoff/compressor_pool.hpp"
#include "handoff/partition_table.hpp"
#include "handoff/pending_batch.hpp"
#include "handoff/progress.hpp"
#include "wire/compression.hpp"
#include "wire/record.hpp"

namespace klamm::handoff {

struct accumulator_options {
  std::size_t batch_size = std::size_t{256} << 10;
  wire::compression compression{};
  duration linger = millis(5);
  std::size_t max_request_size = std::size_t{1} << 20;
  std::size_t buffer_memory = std::size_t{32} << 20;
  /// What lingers is sealed by the I/O thread itself without a codec, and up to this many bytes of each round with one.
  std::size_t inline_seal_size = std::size_t{8} << 10;
};

/// What the accumulator asks of its surroundings. Called without a lock held.
class accumulator_host : public std::enable_shared_from_this<accumulator_host> {
 public:
  virtual ~accumulator_host() = default;
  /// From any thread: let the I/O thread call client_core::records_ready soon.
  virtual void wake() = 0;
  /// From the I/O thread: run it on the seal executor.
  virtual void seal_elsewhere(unique_function<void()> seal) = 0;
  /// From the thread that resolved: the batch is resolved. Its callbacks are to be run.
  virtual void resolved(state_share batch) = 0;
};

/// When a batch opens. Asked only then, and where memory has to be waited for: a clock costs more than a record.
class opening_time {
 public:
  opening_time(time_point at) : at_(at) {}
  opening_time(time_point (*ask)()) : ask_(ask) {}
  time_point get() const { return ask_ ? ask_() : at_; }

 private:
  time_point at_{};
  time_point (*ask_)() = nullptr;
};

/// What to do where there is no memory. `overdraw` is for callbacks, which the network would wait for.
enum class admission { wait, refuse, overdraw };

class accumulator final : public client::batch_source {
 public:
  accumulator(accumulator_options options, accumulator_host& host, fault_injector* faults = nullptr);
  ~accumulator() override;

  // From any thread.

  /// The slot of a partition, given to it at the first call.
  client::partition_slot slot_of(const topic_partition& at);
  /// Takes a record. Fails with message_too_large, buffer_full after `patience`, or why the accumulator was shut.
  result<delivery> append(client::partition_slot slot, const wire::record_ref& record, opening_time now,
                          admission how = admission::wait, duration patience = duration::max(),
                          record_callback&& done = nullptr);
  /// Ends every linger; gives what to wait for in progress().
  std::uint64_t flush();
  /// Ends the linger of the batch and of those opened before it, for one who waits for a delivery.
  void hurry(const batch_state& batch) {
    if (options_.linger > duration::zero()) end_linger(batch.serial());
  }
  /// Flushes, waits for the outcome of everything taken before, at most `patience`, and reports.
  flush_report flush_and_wait(duration patience);
  /// How many batches of a partition were not sent yet. A glance, which takes no lock.
  std::size_t waiting(client::partition_slot slot) const {
    return queue(slot).waiting.load(std::memory_order_relaxed);
  }
  /// Records whose outcome is open.
  std::size_t unresolved() const;
  handoff::progress& progress() { return progress_; }
  byte_budget& budget() { return pool_->budget(); }

  // From the I/O thread: batch_source.

  const topic_partition& partition(client::partition_slot slot) const override { return *queue(slot).at; }
  void collect_ready(time_point now, std::vector<client::partition_slot>& out) override;
  time_point next_linger() const override;
  std::size_t front_bytes(client::partition_slot slot) const override;
  client::batch_ptr drain(client::partition_slot slot) override;
  time_point oldest_opened() const override;
  void expire(time_point limit, const error& why) override;
  void fail(client::partition_slot slot, const error& why) override;
  void shut(const error& why) override;
  client::source_load load() const override;

 private:
  class drained;

  // How a record goes into its partition: into the open batch, or, where that is null, as the first of the next.
  struct plan {
    pending_batch* into;
    wire::record_length length;
    std::size_t growth;
  };

  // What application threads leave for the I/O thread.
  struct schedule {
    std::mutex mutex;
    std::vector<pending_ptr> opened;
    std::vector<client::partition_slot> ready;
    std::uint64_t flush_to = 0;
    time_point last_opened{};
    time_point sleeping_until = never;
    /// The I/O thread was called, or is at work; `again`, that it was called since it set to work.
    bool woken = false, again = false;
  };

  partition_queue& queue(client::partition_slot slot) const;
  plan plan_for(partition_queue& partition, const wire::record_ref& record) const;
  static plan plan_to_open(const wire::record_ref& record);
  /// Whether a record can go where it is planned to with nothing to be asked for: most can.
  bool granted(const partition_queue& partition, const plan& how) const {
    return how.growth == 0 && !too_large(how) && !partition.shut;
  }
  bool too_large(const plan& how) const {
    return how.length.whole + wire::batch_header_size > options_.max_request_size;
  }
  /// Memory for the plan, which may change while the lock is given up to wait.
  /// Takes the memory for a record, waiting for all of it at once: who waited for more while holding some would hold up those whom
  /// it waits for. `patience` bounds all waits together.
  result<plan> reserve(plan first, partition_queue& partition, std::unique_lock<std::mutex>& lock,
                       const wire::record_ref& record, opening_time clock, admission how, duration patience);
  /// Whether a batch of so many bytes before compression is not too large yet.
  bool fits(const partition_queue& partition, std::size_t plain) const;
  /// Whether the I/O thread has to be woken.
  bool open_batch(partition_queue& partition, opening_time now);
  void announce(std::span<const client::partition_slot> slots);
  void end_linger(std::uint64_t serial);
  void wake();

  /// Whether the partition can be drained by it.
  bool seal(const pending_ptr& batch);
  /// Whether the batch was open and came first: now it is sealing. Else it is closed once it comes first.
  bool close(const pending_ptr& batch);
  /// Closes what lingered long enough; gives the partitions that can be drained by it.
  std::vector<client::partition_slot> end_lingers(time_point now, std::uint64_t flush_to);
  /// Closes the batch that comes first now, if it is overdue. Whether the partition can be drained by it.
  bool close_overdue(partition_queue& partition);
  /// What of inline_seal_size a batch takes.
  std::size_t sealing_work(const pending_batch& batch) const;
  void seal_elsewhere(std::vector<pending_ptr> batches);
  bool still_open(const pending_batch& batch) const;
  /// With the schedule's lock held.
  void take_opened() const;

  void leave(pending_batch& batch) const;
  void fail_until(partition_queue& partition, const error& why, time_point limit);
  void finish(batch_state& state);

  const accumulator_options options_;
  accumulator_host& host_;
  fault_injector* const faults_;
  const std::shared_ptr<chunk_pool> pool_;
  compressor_pool compressors_;
  handoff::progress progress_;

  std::mutex registry_mutex_;
  std::map<topic_partition, client::partition_slot> registry_;
  partition_table<partition_queue> partitions_;
  std::optional<error> shut_;  // of the registry's mutex: for partitions to come

  mutable schedule schedule_;
  // The I/O thread's, in the order of opening.
  mutable std::deque<pending_ptr> lingering_;
  mutable std::deque<pending_ptr> waiting_;
  mutable std::size_t left_ = 0;             // of waiting_, those that have left
  std::vector<std::uint64_t> collected_in_;  // by slot: the round of collect_ready that reported it
  std::uint64_t round_ = 0;
};

}  // namespace klamm::handoff
