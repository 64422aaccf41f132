// One direction of a Kafka connection, cut into frames as its bytes pass: each frame's fate is decided by its first bytes, and
// nothing but those is held back. A frame is four bytes of size, and so many bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/bytes.hpp"

namespace klamm::proxy {

/// What becomes of one frame.
enum class fate {
  forward,
  withhold,  ///< nothing of it passes, and the connection ends in order
  cut,       ///< its first half passes, and the connection is reset
};

/// How a stream ends, once what take() gave has passed.
enum class ending { none, close, reset };

class frame_stream {
 public:
  /// Shown the first `head_size` bytes behind the size.
  using judge = std::function<fate(bytes_view head)>;
  /// Shown each frame that passed whole, without its size. Whoever wants it has the frames gathered in memory.
  using tap = std::function<void(bytes_view frame)>;

  frame_stream(std::size_t head_size, judge decide, tap shown = {})
      : head_size_(head_size), decide_(std::move(decide)), shown_(std::move(shown)) {}

  /// Adds to `out` what passes of `in`. After an ending other than `none`, nothing more is taken. What is no frame of Kafka's
  /// (smaller than its head, or larger than 128 MiB) ends in a reset.
  ending take(bytes_view in, std::vector<std::byte>& out);

 private:
  ending begin_frame(std::vector<std::byte>& out);
  ending pass(bytes_view bytes, std::vector<std::byte>& out);

  std::size_t head_size_;
  judge decide_;
  tap shown_;
  std::vector<std::byte> head_;  // of the frame that begins, its size included; empty in a frame's midst
  std::size_t left_ = 0;         // bytes of the frame that are still to pass
  bool cut_ = false;
  std::vector<std::byte> whole_;
};

}  // namespace klamm::proxy
