#include "broker/server/directory_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace klamm::broker::server {
namespace {

// The process id that the holder wrote into the file; empty if it wrote none (Apache Kafka does not).
std::string holder(int fd) {
  std::array<char, 32> text{};
  const auto n = ::pread(fd, text.data(), text.size(), 0);
  const std::string_view read(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  return std::string(read.substr(0, read.find('\n')));
}

void sign(int fd) {
  const auto text = fmt::format("{}\n", ::getpid());
  // For the message above only: the lock holds without it.
  if (::ftruncate(fd, 0) == 0) [[maybe_unused]]
    const auto n = ::pwrite(fd, text.data(), text.size(), 0);
}

}  // namespace

result<directory_lock> directory_lock::acquire(const std::string& directory) {
  const auto path = directory + "/.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0)
    return error(error_code::io_error,
                 fmt::format("cannot open the lock {}: {}", path, std::strerror(errno)));
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  // Of the open file, not of the process: two brokers in one process exclude each other, too.
  if (::fcntl(fd, F_OFD_SETLK, &whole) == 0) {
    sign(fd);
    return directory_lock(fd);
  }
  const auto why = errno;
  const auto who = holder(fd);
  ::close(fd);
  if (why != EAGAIN && why != EACCES)
    return error(error_code::io_error, fmt::format("cannot lock {}: {}", path, std::strerror(why)));
  return error(
      error_code::io_error,
      fmt::format("the data directory {} is in use by another broker{}; stop it, or choose another directory",
                  directory, who.empty() ? "" : fmt::format(" (process {})", who)));
}

directory_lock::directory_lock(directory_lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
directory_lock& directory_lock::operator=(directory_lock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
directory_lock::~directory_lock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace klamm::broker::server
