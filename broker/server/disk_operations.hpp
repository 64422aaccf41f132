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
// Failures: KAFKA_STORAGE_ERROR where no space is left (ENOSPC, EDQUOT), RESOURCE_NOT_FOUND where there is no such file,
// io_error otherwise; the detail names the
// operation, the path, and what the system said.
#pragma once

#include <memory>
#include <string>

#include "broker/log/disk.hpp"
#include "broker/server/file_layer.hpp"

namespace klamm::broker::server {

/// A file that a machine opened: used by one thread at a time.
class open_file {
 public:
  explicit open_file(file_layer& files) : files_(files) {}
  ~open_file();
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  void perform(const log::disk::open& what, log::disk_completion& done);
  void perform(const log::disk::close& what, log::disk_completion& done);
  void perform(const log::disk::write& what, log::disk_completion& done);
  void perform(const log::disk::read& what, log::disk_completion& done);
  void perform(const log::disk::sync_file& what, log::disk_completion& done);
  void perform(const log::disk::truncate& what, log::disk_completion& done);

 private:
  void fail(log::disk_completion& done, const std::string& what) const;
  bool usable(log::disk_completion& done) const;

  file_layer& files_;
  int fd_ = -1;
  std::string path_;
  log::disk_completion failed_sync_;  // ok() until a sync failed
};

void perform(file_layer& files, const log::disk::make_directory& what, log::disk_completion& done);
void perform(file_layer& files, const log::disk::list_directory& what, log::disk_completion& done);
void perform(file_layer& files, const log::disk::sync_directory& what, log::disk_completion& done);
void perform(file_layer& files, const log::disk::rename& what, log::disk_completion& done);
void perform(file_layer& files, const log::disk::remove& what, log::disk_completion& done);

}  // namespace klamm::broker::server
