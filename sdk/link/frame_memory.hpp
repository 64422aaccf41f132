// What large frames that are not whole yet hold, over all connections of a listener: bytes that came, not bytes that were promised.
//
//   what is held                    who is read from
//   -----------------------------   ----------------------------------------------------------------------------------
//   less than the limit             everybody
//   the limit or more               of those whose large frame is under way, the one that began first
//   the same, for 200 ms            the largest are closed until an eighth of the limit is free: who sent that much and
//                                   neither finishes nor leaves is no client in need
//
// Small frames pass whatever is held: a connection's shared block is all that they take. A frame that is whole holds nothing here,
// so no request waits for one that waits for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/time.hpp"
#include "link/transport.hpp"

namespace klamm::link {

class frame_memory {
 public:
  static constexpr duration patience = std::chrono::milliseconds(200);

  explicit frame_memory(std::size_t limit) : limit_(limit) {}
  frame_memory(const frame_memory&) = delete;
  frame_memory& operator=(const frame_memory&) = delete;

  /// One connection's large frame while it arrives. The memory outlives it.
  class holder {
   public:
    holder(frame_memory& in, connection_id who);
    ~holder();
    holder(const holder&) = delete;
    holder& operator=(const holder&) = delete;

    /// So much of it has come.
    void hold(std::size_t bytes, time_point now);
    bool may_read() const;
    /// It is not read until take_readable() names it.
    void wait();

   private:
    frame_memory& in_;
    const std::uint64_t order_;
  };

  std::size_t held() const { return held_; }
  std::size_t limit() const { return limit_; }
  /// Those that waited and may be read now.
  std::vector<connection_id> take_readable();
  time_point deadline() const { return full() ? after(full_since_, patience) : never; }
  /// Those that are to be closed now.
  std::vector<connection_id> take_too_large(time_point now);

 private:
  struct arriving {
    connection_id who;
    std::size_t bytes = 0;
  };

  bool full() const { return held_ >= limit_; }

  const std::size_t limit_;
  std::size_t held_ = 0;
  std::uint64_t begun_ = 0;
  time_point full_since_{};
  std::map<std::uint64_t, arriving> frames_;  // in the order in which they began
  std::set<std::uint64_t> waiting_;
};

}  // namespace klamm::link
