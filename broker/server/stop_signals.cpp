#include "broker/server/stop_signals.hpp"

#include <csignal>
#include <utility>

namespace klamm::broker::server {
namespace {

/// As nohup leaves it: then a terminal that closes is nothing to stop for.
bool is_ignored(int signal) {
  struct sigaction now{};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

stop_signals::stop_signals(const asio::any_io_executor& executor, std::function<void(int)> stop,
                           std::function<void(int)> force)
    : signals_(executor, SIGTERM, SIGINT), stop_(std::move(stop)), force_(std::move(force)) {
  if (!is_ignored(SIGHUP)) signals_.add(SIGHUP);
  wait();
}

void stop_signals::leave_the_second() {
  if (stop_) return;
  signals_.remove(SIGTERM);
  signals_.remove(SIGINT);
}

void stop_signals::wait() {
  signals_.async_wait([this](const std::error_code& ended, int signal) {
    if (ended) return;
    // A terminal that closes says so twice: by its shell, and by the kernel. To force the end is for who means it.
    if (signal == SIGHUP && !stop_) return wait();
    auto& next = stop_ ? stop_ : force_;
    if (const auto act = std::exchange(next, nullptr)) act(signal);
    if (force_) wait();
  });
}

}  // namespace klamm::broker::server
