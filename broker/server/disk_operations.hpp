// One disk operation at a time, on the calling thread: what both modes of posix_disk are made of.
//
//   operation        system calls                          what is special
//   --------------   -----------------------------------   --------------------------------------------------------------
//   open             open (O_CLOEXEC), fstat               the completion says the size
//   write            pwritev until all is written          a short write goes on; it ends in ENOSPC if the disk is full
//   read             fstat, pread until the end or all     memory for what the file has, not for what was asked
//   sync_file        fdatasync                             once failed, failed for ever: a second call would succeed and lie
//   sync_directory   open, fsync, close
//   remove           unlink, rmdir, of a tree              what is not there is removed
//
// Where the process or the system has no descriptor left, an operation that needs one has not begun and may be tried again. An
// open of something new (disk::open::for_new) finds the last eighth taken, so that segments can roll, checkpoints be written and
// clients connect where partitions have used up the rest.
//
// Failures: KAFKA_STORAGE_ERROR where no space is left (ENOSPC, EDQUOT), RESOURCE_NOT_FOUND where there is no such file,
// io_error otherwise; the detail names the operation, the path, and what the system said.
#pragma once

#include <memory>
#include <string>

#include "broker/log/disk.hpp"
#include "broker/server/file_layer.hpp"

namespace klamm::broker::server {

/// What came of an operation.
struct disk_outcome : log::disk_completion {
  bool no_descriptor = false;
};

/// A file that a machine opened: used by one thread at a time.
class open_file {
 public:
  explicit open_file(file_layer& files) : files_(files) {}
  ~open_file();
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  void perform(const log::disk::open& what, disk_outcome& done);
  void perform(const log::disk::close& what, disk_outcome& done);
  void perform(const log::disk::write& what, disk_outcome& done);
  void perform(const log::disk::read& what, disk_outcome& done);
  void perform(const log::disk::sync_file& what, disk_outcome& done);
  void perform(const log::disk::truncate& what, disk_outcome& done);

 private:
  void fail(disk_outcome& done, const std::string& what) const;
  bool usable(disk_outcome& done) const;

  file_layer& files_;
  int fd_ = -1;
  std::string path_;
  disk_outcome failed_sync_;  // ok() until a sync failed
};

void perform(file_layer& files, const log::disk::make_directory& what, disk_outcome& done);
void perform(file_layer& files, const log::disk::list_directory& what, disk_outcome& done);
void perform(file_layer& files, const log::disk::sync_directory& what, disk_outcome& done);
void perform(file_layer& files, const log::disk::rename& what, disk_outcome& done);
void perform(file_layer& files, const log::disk::remove& what, disk_outcome& done);

}  // namespace klamm::broker::server
