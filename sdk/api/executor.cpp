// Where a client's work is done: its input and output, and its callbacks.
#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include <asio/strand.hpp>
#include <asio/version.hpp>

#include <klamm/options.hpp>

#include "api/io_state.hpp"
#include "net/event_signal.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

struct ExecutorState {
  std::function<void(Task)> post;
  mutable std::atomic<int> shares{1};
};

struct QueueState {
  std::mutex lock;
  std::deque<Task> tasks;
  net::event_signal signal;
  mutable std::atomic<int> shares{1};
};

namespace {
template <class T>
void take_share(const T* shared) noexcept {
  shared->shares.fetch_add(1, std::memory_order_relaxed);
}
template <class T>
void drop_share(const T* shared) noexcept {
  if (shared->shares.fetch_sub(1, std::memory_order_acq_rel) == 1) delete shared;
}
}  // namespace

void retain(const ExecutorState* state) noexcept { take_share(state); }
void release(const ExecutorState* state) noexcept { drop_share(state); }
void retain(const QueueState* state) noexcept { take_share(state); }
void release(const QueueState* state) noexcept { drop_share(state); }
void retain(const IoState* state) noexcept { take_share(state); }
void release(const IoState* state) noexcept { drop_share(state); }

Shared<const ExecutorState> make_executor(std::function<void(Task)> post) {
  return Shared<const ExecutorState>(new ExecutorState{std::move(post)});
}

// As klamm/asio.hpp declares it, which would already use it: only for the Asio version that this was built with, and no part of
// the binary interface. Two copies of Asio in one process do not see each other's call_stack, and the reactor of one dereferences
// what the scheduler of the other has not put there.
template <int AsioVersion>
Shared<const IoState> adopt_asio_executor(const void* executor);
template <>
Shared<const IoState> adopt_asio_executor<ASIO_VERSION>(const void* executor) {
  const auto& on = *static_cast<const asio::any_io_executor*>(executor);
  return Shared<const IoState>(new IoState(asio::any_io_executor(asio::make_strand(on))));
}

}  // namespace detail

void Executor::post(Task task) const { state_->post(std::move(task)); }

CallbackQueue::CallbackQueue() : state_(new detail::QueueState) {}

int CallbackQueue::fd() const noexcept { return state_->signal.fd(); }

std::size_t CallbackQueue::run_ready() {
  auto& state = const_cast<detail::QueueState&>(*state_);
  // What these tasks add is left for the next call, so that one call ends.
  std::size_t most = 0;
  {
    const std::lock_guard held(state.lock);
    most = state.tasks.size();
  }
  for (std::size_t done = 0; done < most; ++done) {
    Task task;
    {
      const std::lock_guard held(state.lock);
      if (state.tasks.empty()) return done;
      task = std::move(state.tasks.front());
      state.tasks.pop_front();
      if (state.tasks.empty()) state.signal.clear();
    }
    task();
  }
  return most;
}

Executor CallbackQueue::executor() const {
  return Executor([state = state_](Task task) {
    auto& queue = const_cast<detail::QueueState&>(*state);
    const std::lock_guard held(queue.lock);
    queue.tasks.push_back(std::move(task));
    if (queue.tasks.size() == 1) queue.signal.raise();
  });
}

IoExecutor IoExecutor::shared(int threads) {
  return IoExecutor(detail::Shared<const detail::IoState>(new detail::IoState(std::clamp(threads, 1, 64))));
}

}  // namespace v1
}  // namespace klamm
