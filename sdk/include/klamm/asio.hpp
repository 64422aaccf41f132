// Asio's completion tokens for every async_ function, and Asio's executors for a client's threads.
// Header-only.
//
// The signature is void(std::exception_ptr, T), so that `co_await consumer.async_commit()` throws what
// `consumer.commit()` throws; `as_result(token)` has the signature void(Result<T>) instead and throws
// nothing. The associated executor runs the handler, the associated cancellation slot abandons the wait.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/version.hpp>

#include <klamm/detail/async.hpp>
#include <klamm/options.hpp>

namespace klamm {
inline namespace v1 {

namespace detail {

/// The two shapes in which a handler hears of an outcome.
template <class T>
struct ThrowingShape {
  using signature = void(std::exception_ptr, T);
  template <class Handler>
  static void deliver(Handler& handler, Result<T> result) {
    if (result) {
      std::move(handler)(std::exception_ptr(), *std::move(result));
    } else {
      std::move(handler)(failure(result.error()), T());
    }
  }
  static std::exception_ptr failure(const Error& error) {
    try {
      throw_error(error);
    } catch (...) {
      return std::current_exception();
    }
  }
};
template <>
struct ThrowingShape<void> {
  using signature = void(std::exception_ptr);
  template <class Handler>
  static void deliver(Handler& handler, const Result<void>& result) {
    std::move(handler)(result ? std::exception_ptr() : ThrowingShape<int>::failure(result.error()));
  }
};
template <class T>
struct ResultShape {
  using signature = void(Result<T>);
  template <class Handler>
  static void deliver(Handler& handler, Result<T> result) {
    std::move(handler)(std::move(result));
  }
};

/// An Asio handler as a Completion: keeps the handler's executor busy, posts the outcome there, and passes
/// cancellation on.
template <class T, class Shape, class Handler>
class AsioCompletion {
  using Executor = asio::associated_executor_t<Handler, asio::any_io_executor>;
  using Work = std::decay_t<decltype(asio::prefer(std::declval<Executor>(),
                                                  asio::execution::outstanding_work.tracked))>;

 public:
  AsioCompletion(Handler handler, Executor executor)
      : handler_(std::move(handler)),
        work_(asio::prefer(executor, asio::execution::outstanding_work.tracked)) {}

  void operator()(Result<T> result) {
    asio::post(work_, [handler = std::move(handler_), result = std::move(result)]() mutable {
      if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) slot.clear();
      Shape::deliver(handler, std::move(result));
    });
  }

 private:
  Handler handler_;
  Work work_;
};

template <class T, class Shape, class Start>
struct AsioStart {
  Start start;

  template <class Handler>
  void operator()(Handler&& handler) {
    using Plain = std::decay_t<Handler>;
    std::stop_token stop;
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
      std::stop_source source;
      stop = source.get_token();
      slot.assign([source](asio::cancellation_type type) mutable {
        if (type != asio::cancellation_type::none) source.request_stop();
      });
    }
    auto executor = asio::get_associated_executor(handler, asio::any_io_executor(asio::system_executor()));
    start(Completion<T>(AsioCompletion<T, Shape, Plain>(std::forward<Handler>(handler), std::move(executor)),
                        true),
          std::move(stop));
  }
};

template <class T, class Shape, class Token>
struct AsioInitiate {
  using type = typename asio::async_result<std::decay_t<Token>, typename Shape::signature>::return_type;
  template <class Start>
  static auto run(Start start, Token token) {
    return asio::async_initiate<Token, typename Shape::signature>(
        AsioStart<T, Shape, Start>{std::move(start)}, token);
  }
};

template <class Token, class T>
  requires(!Callback<Token, T> && asio::completion_token_for<Token, typename ThrowingShape<T>::signature>)
struct Initiate<Token, T> : AsioInitiate<T, ThrowingShape<T>, Token> {};

template <class Token, class T>
struct Initiate<AsResult<Token>, T> {
  using type = typename AsioInitiate<T, ResultShape<T>, Token>::type;
  template <class Start>
  static auto run(Start start, AsResult<Token> token) {
    return AsioInitiate<T, ResultShape<T>, Token>::run(std::move(start), std::move(token.token));
  }
};

template <class T>
struct Initiate<Default, T> {
  using type = asio::awaitable<T>;
  template <class Start>
  static type run(Start start, Default) {
    return AsioInitiate<T, ThrowingShape<T>, asio::use_awaitable_t<>>::run(std::move(start),
                                                                           asio::use_awaitable_t<>());
  }
};

/// Defined in the static library for the Asio version that it was built with: another one does not link.
template <int AsioVersion>
Shared<const IoState> adopt_asio_executor(const void* executor);

}  // namespace detail

/// Callbacks run there.
inline Executor executor(asio::any_io_executor on) {
  return Executor([on = std::move(on)](Task task) { asio::post(on, std::move(task)); });
}

/// A client's sockets and timers run there, which needs the static library and the Asio version that it was built with; a call
/// does not link otherwise. A shared library has an Asio of its own, whose idea of the running thread is not the application's:
/// its clients have their own thread, and `executor` brings callbacks to the application's.
/// Handlers of one client never overlap: an executor of many threads is wrapped in a strand.
inline IoExecutor io_executor(const asio::any_io_executor& on) {
  return IoExecutor(detail::adopt_asio_executor<ASIO_VERSION>(&on));
}

}  // namespace v1
}  // namespace klamm
