// Bounds what large frames that are not whole yet hold, over all connections of a node (as the memory pool of KIP-72 does).
//
// A frame takes its place before its bytes are read and gives it back when it is whole. One that finds none waits in line,
// unread. Small frames, of which a connection holds a block at most, need no place: whatever holds the memory, they pass.
// So a request is never kept waiting by one that waits for it: what is whole has no place to give.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "base/time.hpp"
#include "link/transport.hpp"

namespace klamm::link {

class frame_memory {
 public:
  /// How long a frame may take to arrive while others wait: who sent it has given the request up by then (request.timeout.ms of
  /// Apache Kafka's clients is 30 s).
  static constexpr duration patience = std::chrono::seconds(30);

  /// Frames find a place while those that have one are less than `limit` bytes: one frame may exceed it.
  explicit frame_memory(std::size_t limit) : limit_(limit) {}
  frame_memory(const frame_memory&) = delete;
  frame_memory& operator=(const frame_memory&) = delete;

  /// A frame's place, until it is destroyed. The memory outlives it.
  class place {
   public:
    place(frame_memory& in, std::size_t size) : in_(&in), size_(size) { in.taken_ += size; }
    place(place&& other) noexcept : in_(std::exchange(other.in_, nullptr)), size_(other.size_) {}
    place& operator=(place&& other) noexcept {
      std::swap(in_, other.in_);
      std::swap(size_, other.size_);
      return *this;
    }
    ~place() {
      if (in_) in_->taken_ -= size_;
    }

   private:
    frame_memory* in_;
    std::size_t size_;
  };

  bool has_room() const { return taken_ < limit_; }
  std::size_t taken() const { return taken_; }
  /// The connection hears of it by next().
  void wait(connection_id who) { line_.push_back(who); }
  bool awaited() const { return !line_.empty(); }
  /// Whose turn it is, if there is room; it may be gone meanwhile.
  std::optional<connection_id> next() {
    if (!has_room() || line_.empty()) return std::nullopt;
    const auto first = line_.front();
    line_.pop_front();
    return first;
  }

 private:
  std::size_t limit_, taken_ = 0;
  std::deque<connection_id> line_;
};

}  // namespace klamm::link
