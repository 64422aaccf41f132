#include "net/system.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <limits>
#include <sys/resource.h>
#include <unistd.h>

namespace klamm::net {
namespace {

class kernel_entropy final : public entropy_source {
 public:
  void fill(mutable_bytes to) override {
    constexpr std::size_t most_at_once = 256;  // getentropy's own limit
    while (!to.empty()) {
      const auto part = to.first(std::min(to.size(), most_at_once));
      if (::getentropy(part.data(), part.size()) != 0) {
        std::perror("klamm: the system has no random numbers");
        std::abort();
      }
      to = to.subspan(part.size());
    }
  }
};

}  // namespace

instant system_now() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {steady_now(), timestamp(std::chrono::duration_cast<millis>(wall).count())};
}

time_point steady_now() {
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  return time_point(std::chrono::duration_cast<duration>(steady));
}

timestamp coarse_wall_now() {
  timespec at{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &at);
  return timestamp(std::int64_t{at.tv_sec} * 1000 + at.tv_nsec / 1'000'000);
}

entropy_source& system_entropy() {
  static kernel_entropy source;
  return source;
}

std::size_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(limit.rlim_cur);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // what it came to is asked
}

void hold_standard_files() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace klamm::net
