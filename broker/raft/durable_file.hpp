// Replaces and reads small files so that a crash leaves the old content or the new, never a mixture.
//
//   write temporary -> sync it -> rename it over the name -> sync the directory -> done
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "broker/log/disk_port.hpp"

namespace klamm::broker::raft {

/// Where a file lies; its temporary is `name` with `temporary` behind it.
struct file_place {
  std::string directory;
  std::string name;
  std::string temporary = ".tmp";

  std::string path() const { return directory + "/" + name; }
  std::string temporary_path() const { return path() + temporary; }
};

/// Precondition: no other replacement of the same file is under way.
void replace_file(log::disk_client& disk, const file_place& place, byte_chain content,
                  unique_function<void(result<void>)> done);

struct file_part {
  std::uint64_t size;  // of the whole file
  buffer_slice bytes;
};
/// At most `count` bytes from `position` on.
void read_part(log::disk_client& disk, const std::string& path, std::uint64_t position, std::size_t count,
               unique_function<void(result<file_part>)> done);
/// The whole content.
void read_file(log::disk_client& disk, const std::string& path,
               unique_function<void(result<buffer_slice>)> done);

}  // namespace klamm::broker::raft
