// The newest batches of each log, in memory: what the disk write and most fetches share.
//
// A batch is copied once, into a chunk; readers get slices of chunks. A chunk's bytes never change once a batch lies in
// them, so that a slice outlives eviction and truncation. Chunks grow with use, from 4 to 256 KiB, so that ten thousand
// quiet logs hold little; a larger batch gets a chunk of its own.
//
// All tails of a node share one budget: above it the oldest chunks of the node go first, except those whose bytes the
// disk has not taken yet (they exist nowhere else).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <vector>

#include "broker/log/log_types.hpp"

namespace klamm::broker::log {

class log_tail;

/// The budget. Outlives the tails.
class tail_memory {
 public:
  explicit tail_memory(std::size_t budget) : budget_(budget) {}
  tail_memory(const tail_memory&) = delete;
  tail_memory& operator=(const tail_memory&) = delete;

  /// Bytes of the chunks that tails hold. Chunks that only readers hold are not counted.
  std::size_t used() const { return used_; }
  std::size_t budget() const { return budget_; }

 private:
  friend class log_tail;
  using order = std::list<log_tail*>;  // one entry for each chunk, oldest first

  order::iterator charge(log_tail& tail, std::size_t size);
  void release(order::iterator entry, std::size_t size);
  void make_room();

  std::size_t budget_;
  std::size_t used_ = 0;
  order order_;
};

class log_tail {
 public:
  explicit log_tail(tail_memory& memory) : memory_(memory) {}
  log_tail(const log_tail&) = delete;
  log_tail& operator=(const log_tail&) = delete;
  ~log_tail() { clear(); }

  struct placed {
    std::byte* at;       // to patch the header before anybody reads
    buffer_slice bytes;  // what is to be written
  };
  /// Copies a batch behind the last. Precondition: base is where the tail ends, unless it is empty.
  placed append(bytes_view batch, offset base, offset last);

  /// Everything below was taken by the disk and may be evicted.
  void written(offset end);
  /// Whether the batch that holds `from` is here.
  bool holds(offset from) const { return !chunks_.empty() && from >= chunks_.front().base; }
  /// Precondition: holds(spec.from) and spec.from is below the log's end.
  read_result read(const read_spec& spec) const;

  void truncate_to(offset to);
  void clear();
  bool empty() const { return chunks_.empty(); }

 private:
  friend class tail_memory;
  struct entry {
    offset last;
    std::uint32_t end = 0;  // of the batch, in the chunk
  };
  struct chunk {
    std::shared_ptr<std::byte[]> bytes;
    std::size_t size = 0;
    std::size_t used = 0;
    bool sealed = false;  // cut by a truncation: the bytes behind may be somebody's
    offset base;
    std::vector<entry> batches;
    tail_memory::order::iterator charged;

    offset last() const { return batches.back().last; }
    buffer_slice slice(std::size_t from, std::size_t to) const {
      return {bytes, {bytes.get() + from, to - from}};
    }
  };

  void grow(std::size_t at_least, offset base);
  bool evict_front();
  void drop(const chunk& c) { memory_.release(c.charged, c.size); }

  tail_memory& memory_;
  std::deque<chunk> chunks_;
  offset written_{0};
  std::size_t next_size_ = 4096;
};

}  // namespace klamm::broker::log
