// A library for LD_PRELOAD that makes a process's disk slow or broken: the calls that klamm-broker's files go through, on paths
// under one directory, are delayed or fail. Which, how, and for how long says a file that the library maps (KLAMM_DISK_FAULTS), so
// that a test may change its mind while the process runs, and counts in it what was struck.
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

enum call : std::uint32_t { reading = 1, writing = 2, syncing = 4, naming = 8 };

/// As disk_faults.py lays it out.
struct control {
  std::atomic<std::uint32_t> calls;     // which are struck: a sum of the above; 0: none
  std::atomic<std::uint32_t> delay_ms;  // before the call
  std::atomic<std::uint32_t> failure;   // errno instead of the call; 0: it is made
  std::atomic<std::uint32_t> struck;    // how many were
  char directory[1024];
};

control* shared() {
  static control* const mapped = [] {
    const char* const path = std::getenv("KLAMM_DISK_FAULTS");
    const int fd = path ? static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC)) : -1;
    void* const at =
        fd < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return at == MAP_FAILED ? nullptr : static_cast<control*>(at);
  }();
  return mapped;
}

bool under(const control& here, const char* path) {
  return std::strncmp(path, here.directory, std::strlen(here.directory)) == 0;
}

bool names_file_under(const control& here, int fd) {
  char link[32] = "/proc/self/fd/", path[2048] = {};
  std::size_t end = std::strlen(link);
  char digits[12];
  std::size_t count = 0;
  do digits[count++] = static_cast<char>('0' + fd % 10);
  while ((fd /= 10) > 0);
  while (count > 0) link[end++] = digits[--count];
  link[end] = '\0';
  return ::readlink(link, path, sizeof path - 1) > 0 && under(here, path);
}

/// Whether the call is to fail; it was delayed then or else.
template <class Where>
bool strike(call kind, Where where) {
  control* const here = shared();
  if (!here || (here->calls & kind) == 0 || !where(*here)) return false;
  ++here->struck;
  const auto delay = here->delay_ms.load();
  ::poll(nullptr, 0, static_cast<int>(delay));
  errno = static_cast<int>(here->failure.load());
  return errno != 0;
}

bool strike_file(call kind, int fd) {
  return strike(kind, [fd](const control& here) { return names_file_under(here, fd); });
}
bool strike_path(call kind, const char* path) {
  return strike(kind, [path](const control& here) { return under(here, path); });
}

template <class Call>
Call* real(const char* name) {
  return reinterpret_cast<Call*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const auto mode = va_arg(more, unsigned);
  va_end(more);
  static auto* const call = real<int(const char*, int, ...)>("open");
  return strike_path(naming, path) ? -1 : call(path, flags, mode);
}
int rename(const char* from, const char* to) noexcept {
  static auto* const call = real<int(const char*, const char*)>("rename");
  return strike_path(naming, to) ? -1 : call(from, to);
}
ssize_t pread(int fd, void* to, size_t count, off_t position) {
  static auto* const call = real<ssize_t(int, void*, size_t, off_t)>("pread");
  return strike_file(reading, fd) ? -1 : call(fd, to, count, position);
}
ssize_t pwritev(int fd, const iovec* from, int count, off_t position) {
  static auto* const call = real<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  return strike_file(writing, fd) ? -1 : call(fd, from, count, position);
}
int fdatasync(int fd) {
  static auto* const call = real<int(int)>("fdatasync");
  return strike_file(syncing, fd) ? -1 : call(fd);
}
int fsync(int fd) {
  static auto* const call = real<int(int)>("fsync");
  return strike_file(syncing, fd) ? -1 : call(fd);
}
int ftruncate(int fd, off_t size) noexcept {
  static auto* const call = real<int(int, off_t)>("ftruncate");
  return strike_file(writing, fd) ? -1 : call(fd, size);
}

}  // extern "C"
