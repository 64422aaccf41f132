#include "cli/demo/broker_process.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <stdexcept>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>

namespace klamm::cli::demo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds start_timeout{30'000};

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Tells when something happens in a directory.
class directory_watch {
 public:
  explicit directory_watch(const std::filesystem::path& directory) : fd_(::inotify_init1(IN_CLOEXEC)) {
    if (fd_ < 0 || ::inotify_add_watch(fd_, directory.c_str(), IN_MOVED_TO | IN_CREATE) < 0) fail("inotify");
  }
  ~directory_watch() { ::close(fd_); }
  directory_watch(const directory_watch&) = delete;

  void wait(milliseconds at_most) {
    pollfd wanted{fd_, POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(at_most.count())) <= 0) return;
    alignas(inotify_event) char events[4096];
    static_cast<void>(!::read(fd_, events, sizeof events));
  }

 private:
  int fd_;
};

}  // namespace

broker_process::broker_process(std::vector<std::string> command, std::filesystem::path directory)
    : directory_(std::move(directory)), command_(std::move(command)) {
  std::filesystem::create_directories(directory_);
  for (const auto& [option, file] : {std::pair{"--data", "data"}, {"--ready-file", "ready"}}) {
    command_.emplace_back(option);
    command_.push_back(directory_ / file);
  }
}

void broker_process::start() {
  std::filesystem::remove(directory_ / "ready");
  running_.emplace(command_, directory_ / "broker.log");
}

void broker_process::wait_until_ready() {
  directory_watch watch(directory_);
  const auto deadline = steady_clock::now() + start_timeout;
  while (!std::filesystem::exists(directory_ / "ready")) {
    if (!running_->running()) throw std::runtime_error("the broker ended before it served:\n" + last_words());
    if (steady_clock::now() > deadline)
      throw std::runtime_error("the broker does not serve after 30 s:\n" + last_words());
    watch.wait(milliseconds(100));
  }
}

std::string broker_process::last_words() const {
  std::ifstream log(directory_ / "broker.log");
  const std::string all{std::istreambuf_iterator<char>(log), {}};
  constexpr std::size_t most = 2000;
  return all.substr(all.size() - std::min(all.size(), most));
}

}  // namespace klamm::cli::demo
