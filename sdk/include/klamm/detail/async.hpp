// How every operation of the API is waited for: one Deferred operation per call, which a blocking call, a
// callback or an Asio token (klamm/asio.hpp) completes. No Asio here.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <stop_token>
#include <type_traits>
#include <utility>

#include <klamm/error.hpp>

namespace klamm {
inline namespace v1 {

/// The token of an `async_` function that is given none: asio::use_awaitable, once klamm/asio.hpp is
/// included.
struct Default {};

/// What can be called with the outcome of an operation: `void(Result<T>)`.
template <class F, class T>
concept Callback = requires(F& f, Result<T> result) {
  { f(std::move(result)) } -> std::same_as<void>;
};

namespace detail {

/// A callback that is called once with a Result<T>, wherever it lies: up to 48 bytes without an allocation.
template <class T>
class Completion {
 public:
  static constexpr std::size_t inline_size = 48;

  Completion() = default;
  /// `posts`: all that calling it does is to post elsewhere, so that it may be called on any thread, the
  /// network's included.
  template <Callback<T> F>
    requires(!std::same_as<std::remove_cvref_t<F>, Completion>)
  explicit Completion(F&& f, bool posts = false) {
    using Function = std::decay_t<F>;
    if constexpr (fits<Function>) {
      ::new (static_cast<void*>(place_)) Function(std::forward<F>(f));
      ops_ = posts ? &inline_ops<Function, true> : &inline_ops<Function, false>;
    } else {
      ::new (static_cast<void*>(place_)) Boxed<Function>(new Function(std::forward<F>(f)));
      ops_ = posts ? &inline_ops<Boxed<Function>, true> : &inline_ops<Boxed<Function>, false>;
    }
  }
  Completion(Completion&& other) noexcept : ops_(std::exchange(other.ops_, nullptr)) {
    if (ops_) ops_->relocate(place_, other.place_);
  }
  Completion& operator=(Completion&& other) noexcept {
    if (this != &other) {
      reset();
      ops_ = std::exchange(other.ops_, nullptr);
      if (ops_) ops_->relocate(place_, other.place_);
    }
    return *this;
  }
  ~Completion() { reset(); }

  explicit operator bool() const noexcept { return ops_; }
  bool posts() const noexcept { return ops_ && ops_->posts; }

  /// Calls it. Precondition: it holds a callback, which is gone afterwards.
  void operator()(Result<T> result) {
    Completion here(std::move(*this));
    here.ops_->call(here.place_, std::move(result));
  }

 private:
  struct Ops {
    void (*call)(void*, Result<T>&&);
    void (*relocate)(void* to, void* from) noexcept;
    void (*destroy)(void*) noexcept;
    bool posts;
  };
  template <class F>
  struct Boxed {
    explicit Boxed(F* function) : f(function) {}
    void operator()(Result<T> result) { (*f)(std::move(result)); }
    std::unique_ptr<F> f;
  };
  template <class F>
  static constexpr bool fits = sizeof(F) <= inline_size && alignof(F) <= alignof(std::max_align_t) &&
                               std::is_nothrow_move_constructible_v<F>;
  template <class F, bool Posts>
  static constexpr Ops inline_ops{
      [](void* f, Result<T>&& result) { (*static_cast<F*>(f))(std::move(result)); },
      [](void* to, void* from) noexcept {
        ::new (to) F(std::move(*static_cast<F*>(from)));
        static_cast<F*>(from)->~F();
      },
      [](void* f) noexcept { static_cast<F*>(f)->~F(); }, Posts};

  void reset() noexcept {
    if (ops_) std::exchange(ops_, nullptr)->destroy(place_);
  }

  const Ops* ops_ = nullptr;
  alignas(std::max_align_t) std::byte place_[inline_size];
};

/// An operation that is ready to start: it owns its arguments. Starting it consumes it.
template <class T>
class Deferred {
 public:
  struct Operation {
    virtual ~Operation() = default;
    /// Starts it; `done` is called exactly once, with errc::cancelled if a stop was requested first.
    virtual void start(Completion<T> done, std::stop_token stop) = 0;
  };
  explicit Deferred(std::unique_ptr<Operation> operation) : operation_(std::move(operation)) {}
  void operator()(Completion<T> done, std::stop_token stop = {}) {
    std::exchange(operation_, nullptr)->start(std::move(done), std::move(stop));
  }

 private:
  std::unique_ptr<Operation> operation_;
};

/// How a token waits for a T: `type` is what the async_ function returns, `run` starts the operation.
/// Callbacks need no header; klamm/asio.hpp teaches Asio's tokens.
template <class Token, class T>
struct Initiate;

template <class F, class T>
  requires Callback<F, T>
struct Initiate<F, T> {
  using type = void;
  template <class Start>
  static void run(Start start, F callback) {
    start(Completion<T>(std::move(callback)), std::stop_token());
  }
};

template <class Token>
struct AsResult {
  Token token;
};

/// `Start` is called with a Completion<T> and a stop token.
template <class T, class Start, class Token>
typename Initiate<std::decay_t<Token>, T>::type initiate(Start start, Token&& token) {
  return Initiate<std::decay_t<Token>, T>::run(std::move(start), std::forward<Token>(token));
}

template <class T, class Token>
typename Initiate<std::decay_t<Token>, T>::type initiate(Deferred<T> start, Token&& token) {
  return Initiate<std::decay_t<Token>, T>::run(std::move(start), std::forward<Token>(token));
}

}  // namespace detail

/// What an `async_` function with this token returns: nothing for a callback, an awaitable for coroutines...
template <class T, class Token>
using Async = typename detail::Initiate<std::decay_t<Token>, T>::type;

/// As the last argument of a blocking call: give a Result instead of throwing. `as_result(token)`: the same
/// for a token.
inline constexpr struct as_result_t {
  template <class Token>
  constexpr auto operator()(Token token) const {
    return detail::AsResult<Token>{std::move(token)};
  }
} as_result{};

}  // namespace v1
}  // namespace klamm
