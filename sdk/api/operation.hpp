// Operations that are waited for, in each of the three forms: by blocking, by a callback, by an Asio token.
//
// Whoever of the outcome, a timeout and a stop comes first answers. The operation goes on: only the wait is abandoned.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>

#include <asio/steady_timer.hpp>

#include "api/engine.hpp"

namespace klamm::api {

/// One wait for one outcome.
template <class T>
class awaited : public std::enable_shared_from_this<awaited<T>> {
 public:
  /// `on` may be null for what was made by a client that is gone: then callbacks run where the answer is given.
  awaited(std::shared_ptr<engine> on, detail::Completion<T> done)
      : on_(std::move(on)), done_(std::move(done)) {}

  void stop_with(std::stop_token stop) {
    if (!stop.stop_possible()) return;
    stopped_.emplace(std::move(stop), [weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) self->answer(Error(errc::cancelled));
    });
  }

  /// Answers with what `outcome` gives then. Precondition: there is an engine.
  void time_out_after(Millis timeout, std::function<Result<T>()> outcome) {
    if (timeout == forever) return;
    const std::lock_guard held(lock_);
    timer_.emplace(on_->executor(), timeout);
    timer_->async_wait(
        [weak = this->weak_from_this(), outcome = std::move(outcome)](asio::error_code cancelled) {
          if (const auto self = weak.lock(); self && !cancelled) self->answer_by(outcome);
        });
  }

  /// Calls the completion where it belongs. The second answer is passed over.
  void answer(Result<T> outcome) {
    auto claimed = claim();
    if (!claimed) return;
    if (on_)
      on_->complete(std::move(claimed), std::move(outcome));
    else
      claimed(std::move(outcome));
  }

  /// As answer, with what `outcome` gives, which is asked only if nobody answered yet.
  void answer_by(const std::function<Result<T>()>& outcome) {
    auto claimed = claim();
    if (claimed) on_->complete(std::move(claimed), outcome());
  }

  /// As answer, on a thread that is for callbacks.
  void answer_here(Result<T> outcome) {
    if (auto claimed = claim()) claimed(std::move(outcome));
  }

 private:
  detail::Completion<T> claim() {
    const std::lock_guard held(lock_);
    timer_.reset();
    return std::move(done_);
  }

  const std::shared_ptr<engine> on_;
  std::mutex lock_;
  detail::Completion<T> done_;
  std::optional<asio::steady_timer> timer_;
  std::optional<std::stop_callback<std::function<void()>>> stopped_;
};

/// Runs `start(core, completion, now, out)` on the core's thread, which answers once; `convert` makes the public value of what it
/// answers.
template <class T, class Answer, class Start, class Convert>
class core_operation final : public detail::Deferred<T>::Operation {
 public:
  core_operation(std::shared_ptr<engine> on, std::string_view what, Start start, Convert convert)
      : on_(std::move(on)), what_(what), start_(std::move(start)), convert_(std::move(convert)) {}

  void start(detail::Completion<T> done, std::stop_token stop) override {
    on_->refuse_after_fork(what_);
    auto waiting = std::make_shared<awaited<T>>(on_, std::move(done));
    waiting->stop_with(std::move(stop));
    on_->post([waiting, what = what_, start = std::move(start_), convert = std::move(convert_)](
                  client::client_core& core, instant now, link::net_effects& out) mutable {
      start(core,
            client::completion<Answer>(
                [waiting, what, convert = std::move(convert)](result<Answer> answer) mutable {
                  waiting->answer(answer ? Result<T>(convert(std::move(answer)))
                                         : Result<T>(to_error(answer.failure(), {.operation = what})));
                }),
            now, out);
    });
  }

 private:
  std::shared_ptr<engine> on_;
  std::string_view what_;
  Start start_;
  Convert convert_;
};

/// An operation that ends its client: told when the callbacks that it brings about have run, as far as the library runs them.
template <class T>
class last_operation final : public detail::Deferred<T>::Operation {
 public:
  last_operation(std::shared_ptr<engine> on, detail::Deferred<T> what)
      : on_(std::move(on)), what_(std::move(what)) {}

  void start(detail::Completion<T> done, std::stop_token stop) override {
    if (!on_->calls_back_elsewhere()) return what_(std::move(done), std::move(stop));
    auto told = [on = on_,
                 done = std::make_shared<detail::Completion<T>>(std::move(done))](Result<T> outcome) {
      on->after_callbacks([done, outcome = std::move(outcome)] { (*done)(outcome); });
    };
    what_(detail::Completion<T>(std::move(told), true), std::move(stop));
  }

 private:
  std::shared_ptr<engine> on_;
  detail::Deferred<T> what_;
};

/// `Answer` is what the core's completion carries; `what` outlives everything.
template <class T, class Answer, class Start, class Convert>
detail::Deferred<T> defer(std::shared_ptr<engine> on, std::string_view what, Start start, Convert convert) {
  return detail::Deferred<T>(std::make_unique<core_operation<T, Answer, Start, Convert>>(
      std::move(on), what, std::move(start), std::move(convert)));
}

}  // namespace klamm::api
