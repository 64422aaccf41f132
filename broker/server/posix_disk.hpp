// Carries out the broker's disk operations on POSIX files.
//
//   inline    submit() does the operation and hands over its completion before it returns: the lowest latency, and the
//             embedded broker's way
//   threads   operations of one file run in the order of submitting, on one thread at a time; of different files at once
//
// After a failed fsync the system may have marked the pages clean, so a second one would succeed and lie: the file stays
// failed, and every later sync of it answers the same error without asking.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "broker/log/disk.hpp"
#include "broker/server/file_layer.hpp"

namespace klamm::broker::server {

class posix_disk {
 public:
  /// Called with completions: inside submit() without threads, else on a disk thread (post them to the machine's thread).
  using completion_handler = std::function<void(std::vector<log::disk_completion>&&)>;

  struct options {
    /// 0: inline.
    int threads = 0;
    /// The system calls; null: the operating system's. Tests pass one that fails.
    file_layer* files = nullptr;
  };

  posix_disk(options how, completion_handler on_complete);
  /// Finishes what was submitted, then closes the files.
  ~posix_disk();
  posix_disk(const posix_disk&) = delete;
  posix_disk& operator=(const posix_disk&) = delete;

  /// From one thread at a time.
  void submit(log::disk_effects&& operations);

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace klamm::broker::server
