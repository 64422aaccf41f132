// Threads of our own that do input and output, for clients whose application brings none.
#pragma once

#include <memory>

#include <asio/any_io_executor.hpp>

namespace klamm::net {

/// `count` threads, each running its own io_context, so that what is given one executor never runs on two threads.
/// They end when this object does; it may end on one of them.
class io_threads {
 public:
  explicit io_threads(int count);
  ~io_threads();
  io_threads(const io_threads&) = delete;
  io_threads& operator=(const io_threads&) = delete;

  /// The executor of the next thread, in turn. Safe from any thread.
  asio::any_io_executor next();

 private:
  struct worker;
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace klamm::net
