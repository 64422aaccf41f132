// The files beside a segment's `.log`: writes its indexes when it closes, gets them back when they are asked for, makes them
// anew from the log where they are missing or damaged, and removes all of them when the segment has gone.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "broker/log/file_names.hpp"
#include "broker/log/file_tasks.hpp"
#include "broker/log/segment.hpp"

namespace klamm::broker::log {

/// No index, snapshot of producers or list of aborted transactions is larger: one that is is not read.
inline constexpr std::size_t largest_side_file = 1 << 30;

class segment_files {
 public:
  segment_files(disk_client& disk, open_readers& readers, std::string directory)
      : disk_(disk), readers_(readers), directory_(std::move(directory)) {}

  std::string path(offset base, file_kind kind) const {
    return join_path(directory_, segment_file(base, kind));
  }
  const std::string& directory() const { return directory_; }

  /// `for_new`: the log has no file open for writing that this one takes the place of.
  void open_for_writing(segment& of, bool for_new, disk_handler opened = nullptr);
  /// Stays open at least as long as whoever asked keeps it.
  std::shared_ptr<disk_file> reading(segment& of);

  /// Writes and syncs the indexes, and thins what stays in memory.
  void write_index(const segment_ptr& of, done_handler done);
  /// Makes sure that `index` is there: from the files, or, `rebuild` or they are unusable, from the log.
  void load_index(const segment_ptr& of, bool rebuild, std::int32_t interval, done_handler done);
  /// Replaces the producers' snapshot at `at`.
  void write_snapshot(offset at, buffer_slice content, done_handler done);

  /// Removes the segments' files, the oldest first and one after the other, each when its last reader has gone: after a
  /// power cut the rest is still one run of offsets.
  void remove(const segment_list& gone);
  /// A reader has gone.
  void poll_removals();
  void on_removed(unique_function<void()> hears) { removed_ = std::move(hears); }
  bool removing() const { return !doomed_.empty(); }

 private:
  void rebuild_index(const segment_ptr& of, std::int32_t interval, done_handler done);
  void decode_index(const segment_ptr& of, buffer_slice positions, std::int32_t interval, done_handler done);
  void remove_front();

  disk_client& disk_;
  open_readers& readers_;
  std::string directory_;
  std::deque<segment_ptr> doomed_;
  unique_function<void()> removed_;
  bool removing_front_ = false;
};

}  // namespace klamm::broker::log
