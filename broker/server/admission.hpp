// Which connections a listener takes: what files need of the process's descriptors is not given away.
#pragma once

#include <cstddef>

#include "base/log_sink.hpp"
#include "base/time.hpp"

namespace klamm::broker::server {

/// Whether one that got this descriptor may stay, where as many of its listener are open and the process may have `limit`: at
/// most half of them are a listener's, and the last sixteenth nobody's but files'.
bool leaves_enough(std::size_t limit, std::size_t descriptor, std::size_t open);

/// Refuses what is too much, and says so now and then.
class admission {
 public:
  /// `most`: max.connections.
  admission(std::size_t most, log_sink& sink) : most_(most), sink_(sink) {}

  bool admits(std::size_t limit, std::size_t descriptor, std::size_t open, time_point now);

 private:
  void say(std::size_t limit, std::size_t open, time_point now);

  std::size_t most_;
  log_sink& sink_;
  std::size_t refused_ = 0;  // since it was said
  time_point silent_until_{};
};

}  // namespace klamm::broker::server
