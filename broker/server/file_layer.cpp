#include "broker/server/file_layer.hpp"

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include "net/system.hpp"

namespace klamm::broker::server {

int file_layer::open(const char* path, int flags, unsigned mode) { return ::open(path, flags, mode); }
int file_layer::close(int fd) { return ::close(fd); }
ssize_t file_layer::pread(int fd, void* to, std::size_t count, std::uint64_t position) {
  return ::pread(fd, to, count, static_cast<off_t>(position));
}
ssize_t file_layer::pwritev(int fd, const iovec* from, int count, std::uint64_t position) {
  return ::pwritev(fd, from, count, static_cast<off_t>(position));
}
int file_layer::fdatasync(int fd) { return ::fdatasync(fd); }
int file_layer::fsync(int fd) { return ::fsync(fd); }
int file_layer::ftruncate(int fd, std::uint64_t size) { return ::ftruncate(fd, static_cast<off_t>(size)); }
int file_layer::rename(const char* from, const char* to) { return ::rename(from, to); }
std::size_t file_layer::descriptor_limit() { return net::descriptor_limit(); }

file_layer& file_layer::system() {
  static file_layer layer;
  return layer;
}

}  // namespace klamm::broker::server
