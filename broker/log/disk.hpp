// What the broker's machines say to the disk and hear from it. Everything is asynchronous: an operation is submitted with an
// id and answered by one completion with the same id. The shell may complete it before submit returns, or on a disk
// thread; the simulator delays, loses, tears and corrupts. A machine cannot tell.
//
// Order: operations that name the same file complete in the order in which they were submitted. Operations on different
// files, and directory operations, are unordered unless one is submitted after the other's completion.
//
// Durability: bytes written are durable after a later sync_file of that file completed; a file's creation, rename or
// removal after a later sync_directory of its directory completed.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/strong.hpp"

namespace klamm::broker::log {

/// Names an open file within one node; chosen by the machine that opens it, never used twice.
using file_id = strong_id<struct file_id_tag, std::int64_t>;
/// Names an operation within one node; never used twice.
using disk_op_id = strong_id<struct disk_op_id_tag, std::int64_t>;

namespace disk {
enum class open_mode { read, read_write, create };  // create: read_write, made if missing
struct open {
  file_id file;
  std::string path;
  open_mode mode = open_mode::read;
  /// One more that stays open, for something new: it leaves the last descriptors to what has to go on.
  bool for_new = false;
};
struct close {
  file_id file;
};
struct write {
  file_id file;
  std::uint64_t position;
  byte_chain bytes;
};
/// Completes with as many bytes as there are, up to `count`.
struct read {
  file_id file;
  std::uint64_t position;
  std::size_t count;
};
struct sync_file {
  file_id file;
};
struct truncate {
  file_id file;
  std::uint64_t size;
};
/// Makes the directory and its missing parents; one that exists is no failure.
struct make_directory {
  std::string path;
};
struct list_directory {
  std::string path;
};
struct sync_directory {
  std::string path;
};
/// Replaces a file that has the new name. A directory's new name must be free.
struct rename {
  std::string from, to;
};
/// Of a file, or of a directory with all that is in it. What does not exist is no failure.
struct remove {
  std::string path;
};
}  // namespace disk

using disk_operation = std::variant<disk::open, disk::close, disk::write, disk::read, disk::sync_file,
                                    disk::truncate, disk::make_directory, disk::list_directory,
                                    disk::sync_directory, disk::rename, disk::remove>;

struct disk_request {
  disk_op_id id;
  disk_operation operation;
};

struct directory_entry {
  std::string name;
  bool is_directory = false;
  std::uint64_t size = 0;
};

struct disk_completion {
  disk_op_id id;
  error_code failure =
      error_code::none;    // resource_not_found: no such file; kafka_storage_error: no space; io_error
  std::string detail;      // what the operating system said
  std::uint64_t size = 0;  // of an opened file
  buffer_slice bytes;      // of a read
  std::vector<directory_entry> entries;  // of a listing, sorted by name

  bool ok() const { return failure == error_code::none; }
};

using disk_effects = std::vector<disk_request>;

}  // namespace klamm::broker::log
