#include "api/poll_operation.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include <asio/steady_timer.hpp>

#include "api/record_run.hpp"

namespace klamm::api {
namespace {

class waiting_poll : public std::enable_shared_from_this<waiting_poll> {
 public:
  waiting_poll(std::shared_ptr<engine> on, std::shared_ptr<handoff::fetch_queue> queue,
               detail::Completion<Records> done)
      : on_(std::move(on)), queue_(std::move(queue)), done_(std::move(done)), timer_(on_->executor()) {}

  void start(Millis timeout, std::stop_token stop) {
    if (stop.stop_possible())
      stopped_.emplace(std::move(stop), std::function<void()>([weak = weak_from_this()] {
                         if (const auto self = weak.lock())
                           self->finish(Result<Records>(Error(errc::cancelled)), false);
                       }));
    if (timeout < forever) start_timer(timeout);
    attempt(timeout <= Millis(0));
  }

 private:
  void start_timer(Millis timeout) {
    const std::lock_guard held(lock_);
    timer_.expires_after(timeout);
    timer_.async_wait([weak = weak_from_this()](asio::error_code failed) {
      if (const auto self = weak.lock(); self && !failed)
        self->on_->call_back([self] { self->attempt(true); });
    });
  }

  // On a thread for callbacks, since it decodes: the network's goes on. `last`:
  // the timeout has come.
  void attempt(bool last) {
    if (!begin(last)) return;
    for (;;) {
      begin_try();
      auto taken = take();
      const bool told = !taken || !taken->empty() || queue_->take_wakeup();
      if (told || times_up()) return finish(hand_out(queue_, std::move(taken)), true);
      if (!end_of_attempt()) continue;
      const auto id = queue_->when_ready(
          [self = shared_from_this()] { self->on_->call_back([self] { self->attempt(false); }); });
      const std::lock_guard held(lock_);
      taker_ = id;
      return;
    }
  }

  // What on_rebalance throws goes to who runs the callbacks; the poll goes on.
  result<handoff::fetch_queue::leases> take() {
    try {
      return queue_->try_take();
    } catch (...) {
      {
        const std::lock_guard held(lock_);
        trying_ = false;
      }
      on_->call_back([self = shared_from_this()] { self->attempt(false); });
      throw;
    }
  }

  // Whether an attempt is to be made here: one at a time, and none once it was
  // answered.
  bool begin(bool last) {
    std::unique_lock held(lock_);
    if (!done_) {
      held.unlock();
      if (!last) queue_->pass_on();
      return false;
    }
    last_ = last_ || last;
    again_ = true;
    return !std::exchange(trying_, true);
  }
  void begin_try() {
    const std::lock_guard held(lock_);
    again_ = false;
  }
  bool times_up() {
    const std::lock_guard held(lock_);
    return last_;
  }
  // False: something came up meanwhile.
  bool end_of_attempt() {
    const std::lock_guard held(lock_);
    trying_ = again_;
    return !trying_;
  }

  // A poll that lost the race hands out nothing: the records that it took go
  // back as `outcome` dies. `here`: this is a thread for callbacks.
  void finish(Result<Records> outcome, bool here) {
    detail::Completion<Records> claimed;
    handoff::taker_id taker;
    {
      const std::lock_guard held(lock_);
      claimed = std::move(done_);
      taker = std::exchange(taker_, {});
      timer_.cancel();
    }
    queue_->forget(taker);
    if (!claimed) return;
    if (here)
      claimed(std::move(outcome));
    else
      on_->complete(std::move(claimed), std::move(outcome));
  }

  const std::shared_ptr<engine> on_;
  const std::shared_ptr<handoff::fetch_queue> queue_;
  std::mutex lock_;
  detail::Completion<Records> done_;
  asio::steady_timer timer_;
  handoff::taker_id taker_;
  bool trying_ = false;  // an attempt is under way
  bool again_ = false;   // and another was asked for
  bool last_ = false;    // the timeout has come
  std::optional<std::stop_callback<std::function<void()>>> stopped_;
};

struct poll_start final : detail::Deferred<Records>::Operation {
  poll_start(std::shared_ptr<engine> e, std::shared_ptr<handoff::fetch_queue> q, Millis t)
      : on(std::move(e)), queue(std::move(q)), timeout(t) {}

  void start(detail::Completion<Records> done, std::stop_token stop) override {
    on->refuse_after_fork("poll");
    auto poll = std::make_shared<waiting_poll>(on, queue, std::move(done));
    on->call_back([poll, timeout = timeout, stop = std::move(stop)] { poll->start(timeout, stop); });
  }

  std::shared_ptr<engine> on;
  std::shared_ptr<handoff::fetch_queue> queue;
  Millis timeout;
};

}  // namespace

Result<Records> hand_out(const std::shared_ptr<handoff::fetch_queue>& queue,
                         result<handoff::fetch_queue::leases> taken) {
  if (!taken) return to_error(taken.failure(), {.operation = "poll"});
  if (taken->empty()) return Records();
  return Records(detail::make_run(queue, *std::move(taken)));
}

detail::Deferred<Records> defer_poll(std::shared_ptr<engine> on, std::shared_ptr<handoff::fetch_queue> queue,
                                     Millis timeout) {
  return detail::Deferred<Records>(std::make_unique<poll_start>(std::move(on), std::move(queue), timeout));
}

}  // namespace klamm::api
