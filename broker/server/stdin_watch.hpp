// Tells when standard input ends: the process that holds its other end is gone, however it ended.
#pragma once

#include <array>
#include <functional>
#include <unistd.h>

#include <asio/any_io_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/posix/stream_descriptor.hpp>

namespace klamm::broker::server {

/// What is written there is read and dropped.
class stdin_watch {
 public:
  stdin_watch(asio::any_io_executor executor, std::function<void()> ended)
      : input_(executor, ::dup(STDIN_FILENO)), ended_(std::move(ended)) {
    read();
  }

 private:
  void read() {
    input_.async_read_some(asio::buffer(dropped_), [this](const std::error_code& failed, std::size_t) {
      if (failed == asio::error::operation_aborted) return;
      failed ? ended_() : read();
    });
  }

  asio::posix::stream_descriptor input_;
  std::function<void()> ended_;
  std::array<char, 512> dropped_{};
};

}  // namespace klamm::broker::server
