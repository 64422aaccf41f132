#include "cli/interrupt.hpp"

#include <csignal>
#include <cstdlib>
#include <pthread.h>

#include "cli/exit_code.hpp"

namespace klamm::cli {

interrupt_watch::interrupt_watch(std::function<bool()> on_interrupt) {
  // A reader that has seen enough (`| head`) ends us by SIGPIPE without a message; that is what users expect of a filter.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR1);  // how the destructor wakes the thread
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::jthread([signals, then = std::move(on_interrupt)](std::stop_token stop) {
    for (bool again = false;; again = true) {
      int signal = 0;
      sigwait(&signals, &signal);
      if (stop.stop_requested()) return;
      if (again || !then()) std::_Exit(interrupted);
    }
  });
}

interrupt_watch::~interrupt_watch() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGUSR1);
}

}  // namespace klamm::cli
