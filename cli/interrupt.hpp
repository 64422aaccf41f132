// Turns SIGINT and SIGTERM into a request to stop, and a closed pipe into a quiet end.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

namespace klamm::cli {

class interrupt_watch {
 public:
  /// Construct it before any other thread: they inherit that the signals are not theirs. `on_interrupt` runs on the
  /// watching thread; a second signal ends the process at once.
  explicit interrupt_watch(std::function<bool()> on_interrupt);
  ~interrupt_watch();

 private:
  std::jthread thread_;
};

}  // namespace klamm::cli
