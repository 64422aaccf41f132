// Operations that follow each other: those on one file, or a single one on a path. One that finds no descriptor free, of the
// process or the system, waits here with all that come behind it, until it is tried again: to the machines the disk is slow.
//
//   event                            kept: nothing                kept: something
//   ------------------------------   --------------------------   -----------------------------------------------------
//   perform                          done, or kept                kept, behind the others
//   retry                            -                            done from the first on, until one finds none again
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "broker/server/disk_operations.hpp"

namespace klamm::broker::server {

/// Used by one thread at a time.
class operation_line {
 public:
  explicit operation_line(file_layer& files) : files_(files), file_(files) {}

  /// Null where it was kept.
  std::optional<log::disk_completion> perform(const log::disk_request& request);
  std::vector<log::disk_completion> retry();
  bool waits() const { return !kept_.empty(); }

 private:
  disk_outcome carry_out(const log::disk_request& request);

  file_layer& files_;
  open_file file_;
  std::deque<log::disk_request> kept_;
};

}  // namespace klamm::broker::server
