// What a connection still has to send: slices of many frames, gathered for one system call.
#pragma once

#include <deque>
#include <span>
#include <sys/uio.h>

#include "base/bytes.hpp"

namespace klamm::net {

class outbox {
 public:
  void append(const byte_chain& bytes) {
    for (const auto& slice : bytes.slices()) slices_.push_back(slice);
    size_ += bytes.size();
  }
  void clear() {
    slices_.clear();
    size_ = taken_ = 0;
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// Fills `into` from the front and returns the part of it that is used.
  std::span<const iovec> gather(std::span<iovec> into) const {
    std::size_t used = 0;
    for (auto at = slices_.begin(); at != slices_.end() && used < into.size(); ++at, ++used) {
      const auto skip = used == 0 ? taken_ : 0;
      into[used] = {const_cast<std::byte*>(at->data()) + skip, at->size() - skip};
    }
    return into.first(used);
  }

  /// The socket took `count` bytes: slices that it took whole are let go.
  void consume(std::size_t count) {
    size_ -= count;
    taken_ += count;
    while (!slices_.empty() && taken_ >= slices_.front().size()) {
      taken_ -= slices_.front().size();
      slices_.pop_front();
    }
  }

 private:
  std::deque<buffer_slice> slices_;
  std::size_t taken_ = 0;  // of the first slice
  std::size_t size_ = 0;
};

}  // namespace klamm::net
