#include "cli/input.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace klamm::cli {
namespace {

constexpr std::size_t chunk = 64 << 10;

int opened(const std::string& path) {
  if (path == "-") return STDIN_FILENO;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw std::invalid_argument("cannot read " + path + ": " + std::strerror(errno));
  return file;
}

}  // namespace

input::input(const std::string& path, std::stop_token stop)
    : path_(path == "-" ? "standard input" : path),
      stop_(std::move(stop)),
      file_(opened(path)),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      on_stop_(std::in_place, stop_, [this] { ::eventfd_write(wake_, 1); }) {}

input::~input() {
  on_stop_.reset();  // it may be at its write
  if (file_ != STDIN_FILENO) ::close(file_);
  ::close(wake_);
}

// A stop is noticed between two lines too: a long file need not be read to its end.
bool input::line(std::string& to) {
  for (auto searched = at_;;) {
    if (stop_.stop_requested()) return false;
    if (const auto end = buffer_.find('\n', searched); end != buffer_.npos) {
      to.assign(buffer_, at_, end - at_);
      at_ = end + 1;
      return true;
    }
    searched = buffer_.size() - at_;
    buffer_.erase(0, std::exchange(at_, 0));
    if (fill()) continue;
    if (buffer_.empty() || stop_.stop_requested()) return false;
    to = std::exchange(buffer_, {});
    return true;
  }
}

std::string input::rest() {
  while (fill()) {
  }
  return buffer_.substr(std::exchange(at_, buffer_.size()));
}

// False: nothing more comes.
bool input::fill() {
  if (!wait_for_more()) return false;
  const auto held = buffer_.size();
  buffer_.resize(held + chunk);
  const auto read = ::read(file_, buffer_.data() + held, chunk);
  if (read < 0) throw std::system_error(errno, std::generic_category(), "cannot read " + path_);
  buffer_.resize(held + static_cast<std::size_t>(read));
  return read > 0;
}

bool input::wait_for_more() const {
  std::array<pollfd, 2> watched{{{file_, POLLIN, 0}, {wake_, POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot wait for " + path_);
  return watched[1].revents == 0;
}

}  // namespace klamm::cli
