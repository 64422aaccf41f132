// SIGTERM, SIGINT, and SIGHUP where it is not ignored: the first asks for a clean shutdown, the second ends the process, unless
// it is SIGHUP.
#pragma once

#include <functional>

#include <asio/any_io_executor.hpp>
#include <asio/signal_set.hpp>

namespace klamm::broker::server {

class stop_signals {
 public:
  /// Both run on the executor, each once. `force` is for the second signal, while `stop` is still under way.
  stop_signals(const asio::any_io_executor& executor, std::function<void(int signal)> stop,
               std::function<void(int signal)> force);
  /// For who stops without the executor: the second SIGTERM or SIGINT has its usual effect, the first and SIGHUP have none.
  void leave_the_second();

 private:
  void wait();

  asio::signal_set signals_;
  std::function<void(int)> stop_, force_;
};

}  // namespace klamm::broker::server
