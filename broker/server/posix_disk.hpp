// Carries out the broker's disk operations on POSIX files (disk_operations.hpp says how).
//
//   inline    submit() does the operations and hands over their completions before it returns: the lowest latency, and the
//             embedded broker's way. With helpers, a start that syncs a hundred files waits for a few commits, not a hundred
//   threads   operations that name one open file run in the order of submitting, one at a time; all others at once
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "broker/log/disk.hpp"
#include "broker/server/file_layer.hpp"

namespace klamm::broker::server {

class posix_disk {
 public:
  /// Gets completions: inside submit() without threads, else on a disk thread (post them to the machine's thread). It may
  /// call submit(): without threads what it submits is done after it returned, so that nothing nests.
  using completion_handler = std::function<void(std::vector<log::disk_completion>&&)>;

  struct options {
    /// 0: inline.
    int threads = 0;
    /// The system calls; tests pass ones that fail.
    file_layer* files = &file_layer::system();
    /// Inline only: threads that take a part of a round with several syncs or renames, which the file system then commits together.
    /// submit() still returns when all is done.
    int helpers = 0;
  };

  posix_disk(options how, completion_handler on_complete);
  /// Finishes what was submitted, then closes the files.
  ~posix_disk();
  posix_disk(const posix_disk&) = delete;
  posix_disk& operator=(const posix_disk&) = delete;

  /// From one thread at a time.
  void submit(log::disk_effects&& operations);

  /// Whether operations wait for a descriptor. They are tried again whenever a file of this disk was closed; for what else may
  /// free one, somebody calls retry() now and then, from submit()'s thread. What waits at the end is never completed.
  bool short_of_descriptors() const;
  void retry();

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace klamm::broker::server
