// Brings appended bytes to the disk: one write and one flush under way, each taking all that has gathered meanwhile.
//
//   event               write                                   flush (when the goal is above what is flushed)
//   -----------------   -------------------------------------   ------------------------------------------------------------
//   appended            submit, unless one is under way         -
//   write done          written end moves; submit what waits    submit syncs of the segments below the goal, and of the
//                                                               directory if it has new names, unless one is under way
//   all syncs done      -                                       flushed end moves; again if the goal is still above
//   anything failed     nothing is submitted any more, on_failed is called once; a sync is never repeated
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/faults.hpp"
#include "broker/log/file_tasks.hpp"
#include "broker/log/segment.hpp"

namespace klamm::broker::log {

class log_writer {
 public:
  class owner {
   public:
    virtual ~owner() = default;
    virtual void on_written() = 0;
    virtual void on_flushed() = 0;
    virtual void on_failed(const error& why) = 0;
  };

  log_writer(disk_client& disk, std::string directory, owner& hears, fault_injector* faults)
      : disk_(disk), directory_(std::move(directory)), owner_(hears), faults_(faults) {}

  /// Everything below `end` is on disk and synced.
  void start(offset end);
  /// The segment that appends go on in: its file is kept open.
  void adopt(const segment_ptr& active) { unsynced_.push_back(active); }
  /// Bytes were added to the segment's `unwritten`.
  void appended(const segment_ptr& to);
  /// A file was made in the directory: its name is synced with the next flush.
  void directory_changed() { directory_changed_ = true; }
  /// Flush at least up to here when it is written.
  void flush_to(offset goal);
  /// `done` when everything below `goal` is synced.
  void when_flushed(offset goal, done_handler done);
  std::size_t unsynced_segments() const { return unsynced_.size(); }
  /// Nothing is under way or waiting to be written.
  bool idle() const { return !writing_ && !flushing_ && unwritten_.empty(); }
  /// Appended and not known to be synced.
  std::uint64_t unflushed_bytes() const;

  offset written_end() const { return written_end_; }
  offset flushed_end() const { return flushed_end_; }
  bool failed() const { return failed_; }

 private:
  struct waiter {
    offset goal;
    done_handler done;
  };

  void write_next();
  void flush_next();
  void wrote(const segment_ptr& to, std::size_t count, offset end);
  void flushed(offset end, const std::vector<std::uint64_t>& sizes, result<void> all);
  void fail(const error& why);

  disk_client& disk_;
  std::string directory_;
  owner& owner_;
  std::deque<segment_ptr> unwritten_;  // have bytes that no write has taken
  std::deque<segment_ptr> unsynced_;   // have bytes that no finished flush covers
  std::deque<waiter> waiters_;         // their goals rise
  offset written_end_{0};
  offset flushed_end_{0};
  offset goal_{0};
  bool writing_ = false;
  bool flushing_ = false;
  bool directory_changed_ = false;
  fault_injector* faults_;
  bool failed_ = false;
};

}  // namespace klamm::broker::log
