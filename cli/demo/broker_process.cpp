#include "cli/demo/broker_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

extern char** environ;

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

broker_process::broker_process(std::string binary, std::filesystem::path directory)
    : binary_(std::move(binary)), directory_(std::move(directory)) {}

broker_process::~broker_process() {
  if (pid_ > 0) end(SIGKILL);
}

milliseconds broker_process::start() {
  const auto begin = steady_clock::now();
  std::filesystem::remove(directory_ / "ready");
  const std::string port = std::to_string(port_), data = directory_ / "data", ready = directory_ / "ready";
  const std::string log = directory_ / "broker.log";
  std::vector<const char*> arguments{binary_.c_str(), "--port",       port.c_str(),  "--data",
                                     data.c_str(),    "--ready-file", ready.c_str(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  // The signals that this process leaves to one thread are the broker's own business again, and ^C is not for it.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  errno = ::posix_spawn(&pid_, binary_.c_str(), &files, &attributes, const_cast<char**>(arguments.data()),
                        environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (errno != 0) fail("cannot start " + binary_);
  wait_until_ready();
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
}

void broker_process::wait_until_ready() {
  directory_watch watch(directory_);
  const auto deadline = steady_clock::now() + start_timeout;
  for (;;) {
    if (std::ifstream file(directory_ / "ready"); file) {
      std::string bound;
      std::getline(file, bound);
      port_ = static_cast<std::uint16_t>(std::stoi(bound.substr(bound.rfind(':') + 1)));
      return;
    }
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("the broker ended before it served:\n" + last_words());
    }
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

void broker_process::kill() { end(SIGKILL); }
void broker_process::stop() { end(SIGTERM); }

void broker_process::end(int signal) {
  ::kill(pid_, signal);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace klamm::cli::demo
