// Calls at times, for handlers. What nobody waits for any more goes with its handle: a request that was answered leaves
// nothing behind until its time would have been up.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/time.hpp"
#include "base/unique_function.hpp"

namespace klamm::broker::api {

/// Outlives its handles.
class timers {
 public:
  using handle = std::shared_ptr<void>;

  /// Calls when `at` has come, unless the handle is gone by then.
  [[nodiscard]] handle call_at(time_point at, unique_function<void()> then) {
    auto made = std::make_shared<call>(calls_, std::move(then));
    made->where = calls_.emplace(at, made.get());
    return made;
  }

  void run(time_point now) {
    while (!calls_.empty() && calls_.begin()->first <= now) {
      auto& due = *calls_.begin()->second;
      due.where = calls_.end();
      calls_.erase(calls_.begin());
      auto then = std::move(due.then);  // which may drop the handle
      then();
    }
  }
  time_point deadline() const { return calls_.empty() ? never : calls_.begin()->first; }
  std::size_t size() const { return calls_.size(); }

 private:
  struct call;
  using queue = std::multimap<time_point, call*>;
  struct call {
    call(queue& q, unique_function<void()> f) : in(q), where(q.end()), then(std::move(f)) {}
    call(const call&) = delete;
    call& operator=(const call&) = delete;
    ~call() {
      if (where != in.end()) in.erase(where);
    }
    queue& in;
    queue::iterator where;
    unique_function<void()> then;
  };

  queue calls_;
};

}  // namespace klamm::broker::api
