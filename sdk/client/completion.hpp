// How the answer of a command travels back: collected while the machine runs, called by the driver after it
// returned, so that what a completion does can neither re-enter the machine nor be overtaken by the effects
// that belong before it.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace klamm::client {

/// A callback of one `result<T>`, called exactly once. Move-only; one dropped without a call is its owner's
/// fault.
template <class T>
class completion {
 public:
  completion() = default;
  template <std::invocable<result<T>> F>
    requires(!std::same_as<std::remove_cvref_t<F>, completion>)
  completion(F&& f) : call_(std::make_unique<holder<std::decay_t<F>>>(std::forward<F>(f))) {}

  explicit operator bool() const { return call_ != nullptr; }
  void operator()(result<T> outcome) && { std::exchange(call_, nullptr)->run(std::move(outcome)); }

 private:
  struct callee {
    virtual ~callee() = default;
    virtual void run(result<T> outcome) = 0;
  };
  template <class F>
  struct holder final : callee {
    template <class G>
    explicit holder(G&& g) : f(std::forward<G>(g)) {}
    void run(result<T> outcome) override { f(std::move(outcome)); }
    F f;
  };
  std::unique_ptr<callee> call_;
};

/// Completions that have their outcome and wait for the driver.
class completion_queue {
 public:
  template <class T>
  void post(completion<T>&& to, result<T> outcome) {
    if (!to) return;
    done_.emplace_back([to = std::move(to), outcome = std::move(outcome)](result<void>) mutable {
      std::move(to)(std::move(outcome));
    });
  }

  bool empty() const { return done_.empty(); }

  /// Calls what was posted, in that order. What those calls post in turn is left for the next run.
  void run() {
    for (auto& call : std::exchange(done_, {})) std::move(call)({});
  }

 private:
  std::vector<completion<void>> done_;
};

}  // namespace klamm::client
