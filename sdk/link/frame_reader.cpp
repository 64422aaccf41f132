#include "link/frame_reader.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "wire/endian.hpp"

namespace klamm::link {
namespace {

constexpr std::size_t size_bytes = 4;
constexpr std::size_t first_block = 4 * 1024;
constexpr std::size_t largest_block = 64 * 1024;
// Below this a read would bring too little for its system call: a new block is begun instead.
constexpr std::size_t least_room = 1024;
// Frames above this get a block of their own.
constexpr std::size_t large_frame = 32 * 1024;

// What the first bytes of other protocols look like when they are taken for a size.
std::string_view hint(std::int32_t size) {
  std::array<std::byte, size_bytes> bytes;
  wire::store(bytes.data(), size);
  const auto text = as_text(bytes);
  constexpr std::string_view http[] = {"GET ", "POST", "PUT ", "HEAD", "HTTP", "OPTI"};
  if (std::ranges::find(http, text) != std::end(http)) return ": the peer speaks HTTP";
  const auto type = std::to_integer<int>(bytes[0]);
  const bool tls =
      type >= 0x14 && type <= 0x17 && bytes[1] == std::byte{3} && std::to_integer<int>(bytes[2]) <= 4;
  return tls ? ": the peer speaks TLS, this connection is plaintext" : "";
}

}  // namespace

std::optional<error> frame_reader::refuse(std::int32_t size) const {
  if (size > 0 && static_cast<std::size_t>(size) <= max_frame_) return std::nullopt;
  return error(violation_,
               fmt::format("a frame of {} bytes, 1 to {} are allowed{}", size, max_frame_, hint(size)));
}

void frame_reader::start_block(std::size_t capacity) {
  auto fresh = std::make_shared_for_overwrite<std::byte[]>(capacity);
  const auto unfinished = end_ - begin_;
  if (unfinished) std::memcpy(fresh.get(), block_.get() + begin_, unfinished);
  block_ = std::move(fresh);
  capacity_ = capacity;
  begin_ = 0;
  end_ = unfinished;
}

// The bytes of the frame that lie in the shared block move over, and their place there is free again: nobody saw them.
void frame_reader::start_large(std::size_t size) {
  large_ = std::make_shared_for_overwrite<std::byte[]>(size);
  large_size_ = size;
  large_filled_ = end_ - begin_ - size_bytes;
  assert(large_filled_ < size);
  std::memcpy(large_.get(), block_.get() + begin_ + size_bytes, large_filled_);
  end_ = begin_;
}

mutable_bytes frame_reader::buffer() {
  if (large_) return {large_.get() + large_filled_, large_size_ - large_filled_};
  if (capacity_ - end_ < least_room) {
    const auto grown = std::clamp(capacity_ * 2, first_block, largest_block);
    // A small frame always fits with room to spare: what is unfinished is at most large_frame and its size.
    start_block(end_ - begin_ + least_room > grown ? largest_block : grown);
  }
  return {block_.get() + end_, capacity_ - end_};
}

void frame_reader::received(std::size_t count) {
  (large_ ? large_filled_ : end_) += count;
  assert(large_ ? large_filled_ <= large_size_ : end_ <= capacity_);
}

result<std::optional<buffer_slice>> frame_reader::next() {
  if (large_) {
    if (large_filled_ < large_size_) return std::optional<buffer_slice>();
    const bytes_view whole(large_.get(), large_size_);
    return std::optional(buffer_slice(std::exchange(large_, nullptr), whole));
  }
  const auto have = end_ - begin_;
  if (have < size_bytes) return std::optional<buffer_slice>();
  const auto announced = wire::load<std::int32_t>(block_.get() + begin_);
  if (auto refused = refuse(announced)) return *std::move(refused);
  const auto size = static_cast<std::size_t>(announced);
  if (have < size_bytes + size) {
    if (size > large_frame) start_large(size);
    return std::optional<buffer_slice>();
  }
  const bytes_view whole(block_.get() + begin_ + size_bytes, size);
  begin_ += size_bytes + size;
  return std::optional(buffer_slice(block_, whole));
}

}  // namespace klamm::link
