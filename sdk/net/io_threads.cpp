#include "net/io_threads.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "net/fork_watch.hpp"

namespace klamm::net {

// Shared with its thread, so that the thread may outlive the object that it destroys.
struct io_threads::worker {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
};

struct io_threads::state {
  struct running {
    std::shared_ptr<worker> on;
    std::thread thread;
  };
  std::vector<running> all;
  const unsigned made_in = fork_generation();
  std::atomic<std::size_t> turn{0};
};

io_threads::io_threads(int count) : state_(std::make_unique<state>()) {
  for (int i = 0; i < count; ++i) {
    auto on = std::make_shared<worker>();
    std::thread thread([on] { on->context.run(); });
    state_->all.push_back({std::move(on), std::move(thread)});
  }
}

io_threads::~io_threads() {
  // A forked child has none of these threads: they can neither be joined nor let go.
  if (fork_generation() != state_->made_in) {
    static_cast<void>(state_.release());
    return;
  }
  for (auto& [on, thread] : state_->all) {
    // What was posted still runs: clients shut down their drivers before they let go of their threads.
    on->work.reset();
    if (thread.get_id() == std::this_thread::get_id())
      thread.detach();
    else
      thread.join();
  }
}

asio::any_io_executor io_threads::next() {
  const auto turn = state_->turn.fetch_add(1, std::memory_order_relaxed);
  return state_->all[turn % state_->all.size()].on->context.get_executor();
}

}  // namespace klamm::net
