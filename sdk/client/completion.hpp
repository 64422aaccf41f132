// How the answer of a command travels back: collected while the machine runs, called by the driver after it returned, so that
// what a completion does can neither re-enter the machine nor be overtaken by the effects that belong before it.
#pragma once

#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_function.hpp"

namespace klamm::client {

/// Called exactly once.
template <class T>
using completion = unique_function<void(result<T>)>;

/// Completions that have their outcome and wait for the driver.
class completion_queue {
 public:
  template <class T>
  void post(completion<T>&& to, result<T> outcome) {
    if (!to) return;
    done_.emplace_back(
        [to = std::move(to), outcome = std::move(outcome)]() mutable { to(std::move(outcome)); });
  }

  bool empty() const { return done_.empty(); }

  /// Calls what was posted, in that order. What those calls post in turn is left for the next run.
  void run() {
    for (auto& call : std::exchange(done_, {})) call();
  }

 private:
  std::vector<unique_function<void()>> done_;
};

}  // namespace klamm::client
