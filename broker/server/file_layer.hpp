// The system calls on files that the disk uses, behind one seam: tests put a failing one in their place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/types.h>
#include <sys/uio.h>

namespace klamm::broker::server {

/// As the calls of the same name in POSIX: -1 and errno where they fail. The base class makes them.
class file_layer {
 public:
  virtual ~file_layer() = default;
  virtual int open(const char* path, int flags, unsigned mode);
  virtual int close(int fd);
  virtual ssize_t pread(int fd, void* to, std::size_t count, std::uint64_t position);
  virtual ssize_t pwritev(int fd, const iovec* from, int count, std::uint64_t position);
  virtual int fdatasync(int fd);
  virtual int fsync(int fd);
  virtual int ftruncate(int fd, std::uint64_t size);
  virtual int rename(const char* from, const char* to);
  /// RLIMIT_NOFILE: descriptors are numbers below it.
  virtual std::size_t descriptor_limit();

  /// The operating system's.
  static file_layer& system();
};

}  // namespace klamm::broker::server
