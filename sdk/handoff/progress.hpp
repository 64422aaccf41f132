// How far a producer has come: which batches are unresolved, who waits for them, what failed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"

namespace klamm::handoff {

/// What became of everything sent: see the public FlushReport.
struct flush_report {
  std::size_t unresolved = 0;
  /// Since the last report.
  std::size_t failed = 0;
  std::optional<error> first_error;
  std::shared_ptr<const topic_partition> first_at;  // where that was
};

class progress {
 public:
  /// Counts a batch that opened, in the order of opening.
  std::uint64_t opened();
  /// A batch was resolved, `failed` of its records badly. Runs what waited for it.
  void resolved(std::uint64_t serial, std::size_t records, std::size_t failed, const error* why,
                const std::shared_ptr<const topic_partition>& at);

  /// The last batch that opened.
  std::uint64_t last() const;
  std::uint64_t resolved_records() const;
  /// Of all time, whether they were reported or not.
  std::uint64_t failed_records() const;
  /// Waits until every batch up to `serial` is resolved, at most `patience`: whether they are.
  bool wait(std::uint64_t serial, duration patience);
  /// Calls `done` then, on the thread that resolves the last of them, or at once on this one. The report is
  /// left for who still wants it.
  void then(std::uint64_t serial, unique_function<void()> done);
  /// What failed since the last report. Counts nothing as unresolved.
  flush_report report();

 private:
  struct waiter {
    std::uint64_t serial;
    unique_function<void()> done;
  };

  bool reached(std::uint64_t serial) const { return first_unresolved_ > serial; }
  flush_report take_report();

  mutable std::mutex mutex_;
  std::condition_variable moved_;
  std::uint64_t next_ = 1;
  std::uint64_t first_unresolved_ = 1;
  std::deque<bool> done_;  // of the batches from first_unresolved_ on
  std::list<waiter> waiters_;
  std::uint64_t resolved_records_ = 0, failed_records_ = 0;
  flush_report since_;  // the last report
};

}  // namespace klamm::handoff
