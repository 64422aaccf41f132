// The segments' files that are open for reading, of all logs of a node: a bounded number, those that were used last.
//
//   use                              what happens
//   ------------------------------   ---------------------------------------------------------------------------------------
//   of a segment that is among them  it is the one that was used last
//   of another                       its file is opened; beyond the bound the one that was used longest ago is closed
//   a reader still has that one      it is closed when he lets go of it
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "broker/log/disk_port.hpp"

namespace klamm::broker::log {

/// A segment's place among them; closed at first.
class reader_slot {
 public:
  reader_slot() = default;
  reader_slot(const reader_slot&) = delete;
  reader_slot& operator=(const reader_slot&) = delete;
  ~reader_slot() { close(); }

  void close();

 private:
  friend class open_readers;
  using slots = std::list<reader_slot*>;

  // Null: closed. Shared: the disk's port may keep a segment, in a handler, longer than there is a log.
  std::shared_ptr<slots> among_;
  std::shared_ptr<disk_file> file_;
  slots::iterator place_;
};

class open_readers {
 public:
  static constexpr std::size_t usual = 256;

  explicit open_readers(std::size_t most = usual)
      : most_(most), open_(std::make_shared<reader_slot::slots>()) {}

  /// The slot's file, which has been used now; null where it is not open.
  std::shared_ptr<disk_file> find(const reader_slot& of);
  /// Precondition: it is not open.
  std::shared_ptr<disk_file> open(reader_slot& of, disk_client& disk, std::string path);

 private:
  std::size_t most_;
  std::shared_ptr<reader_slot::slots> open_;  // the one that was used last first
};

}  // namespace klamm::broker::log
