// Someone else's event loop (epoll here; a QSocketNotifier, GLib or libuv alike), without Asio.
#include <csignal>
#include <iostream>
#include <sys/epoll.h>
#include <unistd.h>

#include <klamm/klamm.hpp>

using namespace std::chrono_literals;

namespace {
volatile std::sig_atomic_t stopped = 0;
}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, [](int) { stopped = 1; });
  klamm::CallbackQueue queue;
  klamm::ClientOptions cluster{.bootstrap_servers = argc > 1 ? argv[1] : "localhost:9092",
                               .callbacks = queue.executor()};
  klamm::Consumer ticks(cluster, {.group_id = "ui"});
  klamm::Producer clicks(cluster);
  ticks.subscribe({"ticks"});
  const int loop = ::epoll_create1(EPOLL_CLOEXEC);
  for (int fd : {ticks.ready_fd(), queue.fd()}) {
    epoll_event wanted{EPOLLIN, {.fd = fd}};
    ::epoll_ctl(loop, EPOLL_CTL_ADD, fd, &wanted);
  }
  for (epoll_event e; !stopped && ::epoll_wait(loop, &e, 1, -1) == 1;) {
    if (e.data.fd == queue.fd()) {
      queue.run_ready();  // delivery callbacks, on this thread
      continue;
    }
    for (auto r : ticks.poll(0ms))
      clicks.send({.topic = "seen", .key = r.key(), .value = "1"}, [](auto result) {
        if (!result) std::cerr << result.error() << '\n';
      });
  }
  ::close(loop);
}
