// Cuts a byte stream into frames: a signed 32-bit size, then that many bytes.
//
//   next bytes are            where they go                                        how the frame leaves
//   -----------------------   --------------------------------------------------   ---------------------------
//   a size, or a small frame  a shared block; 4 KiB at first, up to 64 KiB as the   a part of the block, not copied
//                             connection proves busy
//   a large frame's rest      a block of exactly its size, made once the size is    the whole block
//                             known to be allowed
//   a size that is negative,  nowhere: the stream has no next frame                 protocol error, for ever
//   zero, or over the limit
//
// Frames share their block by reference count, so whatever is decoded from one may keep views into it. A block is never
// written again where a frame was cut from it. A large block is not touched before bytes arrive: a lying size costs
// address space, not memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace klamm::link {

/// Kafka's default for a broker (socket.request.max.bytes) and librdkafka's for a client (receive.message.max.bytes).
inline constexpr std::size_t default_max_frame = 100 * 1024 * 1024;

class frame_reader {
 public:
  /// Frames of up to `max_frame` bytes (without the size itself); `violation` is the code of the protocol errors.
  explicit frame_reader(std::size_t max_frame = default_max_frame,
                        error_code violation = error_code::malformed_response)
      : max_frame_(max_frame), violation_(violation) {}

  /// Where the next bytes go: never empty. Valid until the next call of any other member.
  mutable_bytes buffer();
  /// `count` bytes were placed at the front of buffer().
  void received(std::size_t count);
  /// The next whole frame without its size; null while it is incomplete.
  result<std::optional<buffer_slice>> next();

  /// Bytes of a frame that is not whole yet, or frames not taken by next().
  std::size_t pending() const { return large_ ? large_filled_ : end_ - begin_; }
  /// Size of the large frame that arrives; 0: none does. No byte of it is touched before it comes.
  std::size_t large() const { return large_ ? large_size_ : 0; }
  /// Raises or lowers the limit for the frames that follow (before and after authentication).
  void limit(std::size_t max_frame) { max_frame_ = max_frame; }

 private:
  using block = std::shared_ptr<std::byte[]>;

  std::optional<error> refuse(std::int32_t size) const;
  void start_block(std::size_t capacity);
  void start_large(std::size_t size);

  std::size_t max_frame_;
  error_code violation_;

  block block_;  // the shared block: [begin_, end_) is received and not yet cut
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0, end_ = 0;

  block large_;  // the frame that has a block of its own, while it arrives
  std::size_t large_size_ = 0, large_filled_ = 0;
};

}  // namespace klamm::link
