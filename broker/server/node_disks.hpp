// The disk of the metadata and the disk of the data, of one node: on threads of their own, so that one that stalls holds up
// nobody but those who wait for it; or both inline, as embedded brokers have it.
#pragma once

#include <set>

#include "broker/server/posix_disk.hpp"

namespace klamm::broker::server {

class node_disks {
 public:
  struct options {
    /// 0: everything inline. Else so many threads for the data, and one for the metadata.
    int data_threads = 0;
    /// Inline only: see posix_disk.
    int helpers = 0;
    file_layer* files = &file_layer::system();
  };

  /// See posix_disk.
  node_disks(options how, posix_disk::completion_handler on_complete);

  void submit(log::disk_effects&& operations);
  /// See posix_disk.
  bool short_of_descriptors() const {
    return data_.short_of_descriptors() || metadata_.short_of_descriptors();
  }
  void retry();

 private:
  bool of_metadata(const log::disk_operation& operation);

  bool inline_;
  posix_disk data_, metadata_;
  std::set<log::file_id> metadata_files_;
};

}  // namespace klamm::broker::server
